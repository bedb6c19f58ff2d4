"""Learn2Reg's npz becomes a field: fixed voxel + vector = moving voxel, along the array axes (i, j, k).

The format knows no millimetres, so both scans' grids are needed. The challenge's own files are half precision.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from registration.errors import FieldError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.blocks import slabs
from registration.reading.fields.file import FieldFile
from registration.reading.fields.kind import DAMAGED_ZIP
from registration.reading.fields.parts import Part, Sampled
from registration.reading.limits import ReadingLimits
from registration.reading.placement import check_size

HALF = np.dtype(np.float16)


def read_learn2reg(path: Path, limits: ReadingLimits) -> FieldFile:
    """The field of an npz with one array (X, Y, Z, 3) of real numbers."""
    voxels = _array(path, limits)
    size = (voxels.shape[0], voxels.shape[1], voxels.shape[2])

    def place(fixed: Grid, moving: Grid) -> tuple[Part, ...]:
        if size != fixed.size:
            message = f"{path.name} has vectors for {size} voxels, the fixed scan has {fixed.size} (x, y, z)"
            raise FieldError("field-grid-mismatch", message)
        return (Sampled(in_mm(voxels, fixed, moving)),)

    coarsest = float(np.spacing(np.abs(voxels).max())) / 2 if voxels.dtype == HALF else 0.0
    notes = (f"half precision: vectors rounded by up to {coarsest:.2g} voxels",) if coarsest else ()
    return FieldFile("learn2reg", size, None, place, notes)


def in_mm(voxels: NDArray[np.floating], fixed: Grid, moving: Grid) -> DisplacementField:
    """Vectors (X, Y, Z, 3) in voxels as displacements on the fixed grid: from the fixed voxel to the moving one."""
    vectors = np.empty((*fixed.shape, 3), np.float32)
    turned = voxels.transpose(2, 1, 0, 3)
    for box in slabs(fixed):
        x, y, z = (np.arange(a, b) for a, b in zip(box.start, box.stop, strict=True))
        index = np.stack(np.broadcast_arrays(x[None, None, :], y[None, :, None], z[:, None, None]), axis=-1)
        there = moving.index_to_mm(index + turned[box.slices].astype(np.float64))
        vectors[box.slices] = there - fixed.voxel_points(box.start, box.stop)
    return DisplacementField(vectors, fixed)


def _array(path: Path, limits: ReadingLimits) -> NDArray[np.floating]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise FieldError("field-unreadable", f"{path.name}: expected one array, got {len(names)}")
            with archive.open(names[0]) as file:
                _check_header(path, file, limits)
        with np.load(path, allow_pickle=False) as arrays:
            found: NDArray[np.floating] = arrays[names[0].removesuffix(".npy")]
    except (*DAMAGED_ZIP, zlib.error, EOFError, KeyError, RuntimeError) as error:  # the last of an encrypted one
        raise FieldError("field-damaged", f"{path.name}: the array is damaged or cut short") from error
    return found


def _check_header(path: Path, file: IO[bytes], limits: ReadingLimits) -> None:
    """Objects to anything but (X, Y, Z, 3) real numbers within the limit, before it is unpacked."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    except Exception as error:  # numpy takes the header for Python, so everything that Python objects to
        raise FieldError("field-damaged", f"{path.name}: the header of the array is not valid") from error
    if len(shape) != 4 or shape[3] != 3 or dtype.kind != "f":
        message = f"{path.name}: a Learn2Reg field is (x, y, z, 3) real numbers, got {shape} of {dtype}"
        raise FieldError("field-unreadable", message)
    check_size(path.name, shape[:3], limits)
