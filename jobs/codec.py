"""Arrays of floats <-> bytes for the cache, losslessly: a versioned header, then Blosc2 (Zstandard behind a shuffle).

"KRA" VERSION DTYPE NDIM (4 bytes each dimension) DATA      DTYPE: "f" float32, "e" float16; little-endian
"""

from __future__ import annotations

import struct
from typing import Any

import blosc2
import numpy as np
from numpy.typing import NDArray

MAGIC, VERSION = b"KRA", 1
DTYPES: dict[bytes, np.dtype[Any]] = {b"f": np.dtype("<f4"), b"e": np.dtype("<f2")}
HEAD = struct.Struct("<3sBcB")
HOW = {"codec": blosc2.Codec.ZSTD, "clevel": 1, "filters": [blosc2.Filter.SHUFFLE], "nthreads": 1}
Floats = NDArray[np.floating[Any]]


class CodecError(ValueError):
    """The bytes are no array of this version."""


def packed(array: Floats) -> bytes:
    """An array as bytes."""
    letter = next((one for one, dtype in DTYPES.items() if dtype == array.dtype), None)
    if letter is None:
        raise CodecError(f"expected float32 or float16, got {array.dtype}")
    head = HEAD.pack(MAGIC, VERSION, letter, array.ndim) + struct.pack(f"<{array.ndim}I", *array.shape)
    data = blosc2.compress2(np.ascontiguousarray(array), typesize=array.itemsize, **HOW)
    return head + bytes(data)


def unpacked(data: bytes) -> Floats:
    """The array of `packed`, to the bit; raises CodecError for anything else."""
    try:
        magic, version, letter, ndim = HEAD.unpack_from(data)
        if (magic, version) != (MAGIC, VERSION):
            raise CodecError(f"expected {MAGIC!r} version {VERSION}")
        shape = struct.unpack_from(f"<{ndim}I", data, HEAD.size)
        raw: bytes = blosc2.decompress2(data[HEAD.size + 4 * ndim :], nthreads=1)
        array: Floats = np.frombuffer(raw, DTYPES[letter]).reshape(shape)
        return array
    except (struct.error, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise CodecError("the bytes are no packed array") from error
