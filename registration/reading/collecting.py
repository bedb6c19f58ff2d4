"""Slices as they are decoded become one array: in memory, or in a file that then stands in for memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registration.dicom.pixels import Slice

Range = tuple[float, float]


def collected(
    slices: Iterable[Slice], shape: tuple[int, int, int], file: Path | None
) -> tuple[NDArray[np.float32], Range]:
    """The volume (z, y, x) of every slice, in any order, with its smallest and largest value (NaN if any is).

    With a `file` the voxels are written to it as a `.npy` and read from there when used; one slice is in memory.
    """
    if file is None:
        values = np.empty(shape, np.float32)
        span = _Span()
        for z, one in slices:
            values[z] = span.of(one)
        return values, span.range
    return _in_file(slices, shape, file)


def _in_file(slices: Iterable[Slice], shape: tuple[int, int, int], file: Path) -> tuple[NDArray[np.float32], Range]:
    span = _Span()
    with file.open("wb") as out:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(out, header)
        start, size = out.tell(), 4 * shape[1] * shape[2]
        out.truncate(start + size * shape[0])
        for z, one in slices:
            out.seek(start + size * z)
            out.write(np.ascontiguousarray(span.of(one), "<f4").data)
    return np.load(file, mmap_mode="r"), span.range


class _Span:
    """Smallest and largest value so far."""

    def __init__(self) -> None:
        self.range: Range = (float("inf"), float("-inf"))

    def of(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        low, high = self.range
        self.range = float(np.minimum(low, values.min())), float(np.maximum(high, values.max()))
        return values
