"""A CT slice compressed as JPEG Lossless (ITU T.81 process 14, selection value 1), which PACS archives are full of."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1

CODE_BITS = 5  # one code of five bits for each of the 17 categories


def compress(one: Dataset) -> None:
    """Replaces the 16 bit pixels of a dataset by one JPEG Lossless frame."""
    stored = np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, one.Columns).astype(np.int64)
    one.PixelData = encapsulate([_frame(stored)])
    one["PixelData"].VR = "OB"
    one.file_meta.TransferSyntaxUID = JPEGLosslessSV1


def _frame(stored: np.ndarray) -> bytes:
    rows, columns = stored.shape
    size = rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
    frame_header = b"\xff\xc3\x00\x0b\x10" + size + b"\x01\x01\x11\x00"
    counts = bytes([0] * (CODE_BITS - 1) + [17] + [0] * (16 - CODE_BITS))
    table = b"\xff\xc4" + (2 + 1 + 16 + 17).to_bytes(2, "big") + b"\x00" + counts + bytes(range(17))
    scan_header = b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00"
    return b"\xff\xd8" + frame_header + table + scan_header + _entropy(stored) + b"\xff\xd9"


def _entropy(stored: np.ndarray) -> bytes:
    """Differences to the left neighbour (above in the first column), each as category and rest."""
    predicted = np.empty_like(stored)
    predicted[:, 1:] = stored[:, :-1]
    predicted[1:, 0] = stored[:-1, 0]
    predicted[0, 0] = 1 << 15
    bits = "".join(_bits(int(d)) for d in (stored - predicted).ravel())
    padded = bits + "1" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big").replace(b"\xff", b"\xff\x00")


def _bits(difference: int) -> str:
    wrapped = (difference + 32768) % 65536 - 32768
    category = abs(wrapped).bit_length()
    code = f"{category:0{CODE_BITS}b}"
    if category in (0, 16):
        return code
    return code + f"{wrapped if wrapped > 0 else wrapped + (1 << category) - 1:0{category}b}"
