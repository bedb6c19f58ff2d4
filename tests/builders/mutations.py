"""DICOM files damaged on purpose, by chance and by malice: the same number gives the same upload, always."""

import io
import warnings
from collections.abc import Callable

import numpy as np
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from registration.geometry import Grid
from tests.builders.dicom import ct_series, enhanced_ct

GRID = Grid((36, 33, 9), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))
Rng = np.random.Generator
COMPRESSED = (RLELossless, JPEG2000Lossless, JPEGLSLossless)
NUMBERS = ("nan", "inf", "-1", "0", "1e308", "1e-308", "1e38", "x", "")
HOSTILE: dict[str, tuple] = {
    "Rows": (0, 1, 65535, 25),
    "Columns": (0, 1, 65535, 33),
    "NumberOfFrames": ("0", "-5", "2147483647", "1000000", "x"),
    "BitsAllocated": (0, 1, 8, 12, 32, 64, 65535),
    "BitsStored": (0, 8, 17, 65535),
    "HighBit": (0, 65535),
    "SamplesPerPixel": (0, 3, 65535),
    "PixelRepresentation": (2, 65535),
    "PhotometricInterpretation": ("RGB", "PALETTE COLOR", "YBR_FULL", ""),
    "RescaleSlope": NUMBERS,
    "RescaleIntercept": NUMBERS,
    "GantryDetectorTilt": NUMBERS,
    "PixelPaddingValue": (0, 65535),
    "ImagePositionPatient": (["1e308"] * 3, ["nan"] * 3, ["0", "0"], ["1e12", "0", "0"], ["x"] * 3),
    "ImageOrientationPatient": (["0"] * 6, ["nan"] * 6, ["1"] * 6, ["1e200"] * 6, ["1", "0"]),
    "PixelSpacing": (["0", "0"], ["-1", "1"], ["1e-300"] * 2, ["1e300"] * 2, ["nan"] * 2, ["1"]),
    "SOPInstanceUID": ("", "x" * 5000, "1.2\\3"),
    "SeriesInstanceUID": ("", "SECRET^NAME", "9.9.9"),
    "FrameOfReferenceUID": ("", "9.9.9"),
    "SOPClassUID": ("1.2.840.10008.5.1.4.1.1.4", "1.2.3", "1.2.840.10008.5.1.4.1.1.2.1"),
    "ImageType": ("LOCALIZER", "x" * 70000),
    "SpecificCharacterSet": ("nonsense", "ISO 2022 IR 87"),
}
"""Attributes and values that no scanner writes, or that no reader likes."""


def upload(number: int) -> list[bytes]:
    """The files of one upload of which one, or some bytes of one, are damaged."""
    rng = np.random.default_rng([2026, number])
    kind = KINDS[number % len(KINDS)]
    files = [_bytes(enhanced_ct(GRID))] if rng.random() < 0.25 else _series(rng)
    victim = int(rng.integers(len(files)))
    with warnings.catch_warnings(action="ignore"):  # pydicom has its doubts
        files[victim] = kind(files[victim], rng)
    return files


def _series(rng: Rng) -> list[bytes]:
    """Nine slices, some series compressed."""
    slices = ct_series(GRID)
    if rng.random() < 0.4:
        syntax = COMPRESSED[rng.integers(len(COMPRESSED))]
        for one in slices:
            one.compress(syntax, generate_instance_uid=False)
    return [_bytes(one) for one in slices]


def _bytes(one: Dataset) -> bytes:
    file = io.BytesIO()
    one.save_as(file, enforce_file_format=True)
    return file.getvalue()


def flipped_bytes(whole: bytes, rng: Rng) -> bytes:
    """A few bytes of the header are others."""
    damaged = bytearray(whole)
    for place in rng.integers(128, min(len(whole), 1400), rng.integers(1, 12)):
        damaged[place] = rng.integers(256)
    return bytes(damaged)


def damaged_pixels(whole: bytes, rng: Rng) -> bytes:
    """A few bytes behind the header are others: in code streams they mean something."""
    damaged = bytearray(whole)
    for place in rng.integers(len(whole) // 3, len(whole), rng.integers(1, 30)):
        damaged[place] = rng.integers(256)
    return bytes(damaged)


def cut(whole: bytes, rng: Rng) -> bytes:
    """The file ends early."""
    return whole[: int(rng.integers(0, len(whole)))]


def block_moved(whole: bytes, rng: Rng) -> bytes:
    """A block lies where another one did, twice, or nowhere."""
    start, place = (int(v) for v in rng.integers(0, len(whole), 2))
    block = whole[start : start + int(rng.integers(1, 300))]
    return whole[:place] + block * int(rng.integers(0, 4)) + whole[place + len(block) * int(rng.integers(0, 2)) :]


def wrong_length(whole: bytes, rng: Rng) -> bytes:
    """An element says that it is longer, or shorter, than it is; some of them by gigabytes."""
    one = dcmread(io.BytesIO(whole), force=True)
    tags = [element.tag for element in one]
    tag = tags[rng.integers(len(tags))]
    key = tag.group.to_bytes(2, "little") + tag.element.to_bytes(2, "little")
    at = whole.find(key, 132)
    if at < 0:
        return cut(whole, rng)
    long = whole[at + 4 : at + 6] in (b"OB", b"OW", b"SQ", b"UN", b"UT")
    place, size = (at + 8, 4) if long else (at + 6, 2)
    value = int(rng.choice([0, 1, 7, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF])) & (256**size - 1)
    return whole[:place] + value.to_bytes(size, "little") + whole[place + size :]


def hostile_value(whole: bytes, rng: Rng) -> bytes:
    """One or two attributes have values that make no sense, or ask for much."""
    one = dcmread(io.BytesIO(whole), force=True)
    for name in rng.choice(list(HOSTILE), rng.integers(1, 3), replace=False):
        values = HOSTILE[str(name)]
        _set(one, str(name), values[rng.integers(len(values))])
    return _written(one, whole)


def _set(one: Dataset, name: str, value: object) -> None:
    """An attribute, as text where pydicom would object to its value."""
    if isinstance(value, int):
        setattr(one, name, value)
        return
    text = "\\".join(value) if isinstance(value, list) else str(value)
    tag, raw = Tag(name), (text + " " * (len(text) % 2)).encode()
    one[tag] = RawDataElement(tag, dictionary_VR(tag), len(raw), raw, 0, False, True)


def removed_elements(whole: bytes, rng: Rng) -> bytes:
    """Some attributes are missing."""
    one = dcmread(io.BytesIO(whole), force=True)
    for element in rng.permutation(np.array([int(e.tag) for e in one]))[: rng.integers(1, 6)]:
        del one[int(element)]
    return _written(one, whole)


def other_syntax(whole: bytes, rng: Rng) -> bytes:
    """The header promises another transfer syntax than the file has."""
    one = dcmread(io.BytesIO(whole), force=True)
    syntaxes = (
        *COMPRESSED,
        JPEGLosslessSV1,
        DeflatedExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
    )
    old, new = str(one.file_meta.TransferSyntaxUID), str(syntaxes[rng.integers(len(syntaxes))])
    return whole.replace(old.encode().ljust(22, b"\0"), new.encode().ljust(22, b"\0")[:22], 1)


def nested(whole: bytes, rng: Rng) -> bytes:
    """Sequences in sequences, deeper than anyone can read."""
    item = b""
    for _ in range(int(rng.integers(50, 1500))):
        item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + item
    place = whole.find(b"\x08\x00\x60\x00")
    return whole[:place] + item + whole[place:]


def many_groups(whole: bytes, rng: Rng) -> bytes:
    """Thousands of functional groups for a few frames."""
    one = dcmread(io.BytesIO(whole), force=True)
    one.NumberOfFrames = str(rng.integers(1, 4000))
    one.PerFrameFunctionalGroupsSequence = Sequence([Dataset() for _ in range(int(rng.integers(0, 3000)))])
    return _written(one, whole)


def random_bytes(_: bytes, rng: Rng) -> bytes:
    """The mark of DICOM, and noise."""
    return bytes(128) + b"DICM" + rng.bytes(int(rng.integers(1, 5000)))


def _written(one: Dataset, otherwise: bytes) -> bytes:
    """The changed data set; where pydicom refuses to write it, the file as it was but for its last bytes."""
    file = io.BytesIO()
    try:
        one.save_as(file, enforce_file_format=False)
    except Exception:
        return otherwise[:-20]
    return file.getvalue()


KINDS: tuple[Callable[[bytes, Rng], bytes], ...] = (
    flipped_bytes,
    damaged_pixels,
    cut,
    block_moved,
    wrong_length,
    hostile_value,
    removed_elements,
    other_syntax,
    nested,
    many_groups,
    random_bytes,
)
"""What is done to a file, in turn."""
