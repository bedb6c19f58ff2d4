"""A NIfTI file becomes a volume: RAS, metres or microns, scaled integers and stray axes end here."""

from __future__ import annotations

from io import IOBase
from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip
from numpy.typing import NDArray

from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.reading.limits import ReadingLimits
from registration.reading.placement import check_size, placed_grid
from registration.volume import Volume

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
MM = {1: 1000.0, 2: 1.0, 3: 0.001}
"""Unit code of the spatial axes -> millimetres."""
SPATIAL_UNIT = 0b111


def read_nifti(path: Path, kind: str, limits: ReadingLimits) -> tuple[Volume, tuple[str, ...]]:
    """The volume of a NIfTI-1 or NIfTI-2 file, compressed or not, and notes on its geometry."""
    with path.open("rb") as plain, igzip.open(plain) if kind == "nifti-gz" else plain as file:
        image = open_image(path, file)
        size = _volume_size(path, image)
        check_size(path.name, size, limits)
        values = values_of(path, image).reshape(size)
    grid, notes = grid_of(path, size, image.header)
    return Volume(np.ascontiguousarray(values.transpose(2, 1, 0)), grid), notes


def open_image(path: Path, file: IOBase) -> nib.Nifti1Image:
    """The image with its pixels still in the file."""
    second = file.read(4)[:4] in (
        b"\x1c\x02\0\0",
        b"\0\0\x02\x1c",
    )  # NIfTI-2 headers are 540 bytes long, and start with it
    file.seek(0)
    try:
        return (nib.Nifti2Image if second else nib.Nifti1Image).from_stream(file)
    except Exception as error:  # nibabel's checks raise many kinds
        raise ScanError("scan-unreadable", f"{path.name}: the NIfTI header is not valid ({error})") from error


def grid_of(path: Path, size: tuple[int, int, int], header: nib.Nifti1Header) -> tuple[Grid, tuple[str, ...]]:
    """The grid in LPS mm of an image with these voxels along its first three axes, and notes on its geometry."""
    affine, notes = _affine(header)  # (3, 4), RAS mm
    lengths = np.linalg.norm(affine[:, :3], axis=0)
    axes = RAS_TO_LPS @ affine[:, :3] / np.where(lengths > 0, lengths, 1)
    grid, more = placed_grid(path.name, size, lengths, RAS_TO_LPS @ affine[:, 3], axes)
    return grid, (*notes, *more)


def _volume_size(path: Path, image: nib.Nifti1Image) -> tuple[int, int, int]:
    """The size (x, y, z) of a single-channel volume; trailing axes of one voxel are no axes."""
    shape, dtype = tuple(int(n) for n in image.shape), image.get_data_dtype()
    if len(shape) < 3 or any(n != 1 for n in shape[3:]) or min(shape) < 1 or dtype.kind not in "iuf":
        raise ScanError(
            "scan-not-a-volume", f"{path.name}: expected three axes of plain numbers, got shape {shape} of {dtype}"
        )
    return shape[0], shape[1], shape[2]


def values_of(path: Path, image: nib.Nifti1Image) -> NDArray[np.float32]:
    """Values (x, y, z, ...), scaled by the header's slope and intercept."""
    try:
        return np.asarray(image.get_fdata(dtype=np.float32, caching="unchanged"))
    except Exception as error:  # a short file fails in gzip, in zlib, in mmap or in numpy
        raise ScanError(
            "scan-truncated", f"{path.name}: the file is damaged or ends before its {image.shape} voxels do"
        ) from error


def _affine(header: nib.Nifti1Header) -> tuple[Floats, tuple[str, ...]]:
    """Voxel index to RAS millimetres (3, 4): the sform where it is set, else the qform, else spacing alone."""
    matrix, coded = header.get_sform(coded=True)
    if not coded:
        matrix, coded = header.get_qform(coded=True)
    notes: tuple[str, ...] = ()
    if not coded:
        matrix = np.diag(np.append(np.abs(header.get_zooms()[:3]) * (-1, -1, 1), 1.0))  # LPS axes, as ITK assumes
        notes = ("the file does not say where its volume lies; axes and origin are assumed",)
    return np.asarray(matrix, np.float64)[:3] * unit_mm(header), notes


def unit_mm(header: nib.Nifti1Header) -> float:
    """Millimetres per unit of the header's lengths; codes that mean nothing are taken for millimetres, as by ITK."""
    return MM.get(int(header["xyzt_units"]) & SPATIAL_UNIT, 1.0)
