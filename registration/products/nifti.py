"""Arrays on a grid become NIfTI files: RAS affine of the LPS grid, units, description."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
from isal.igzip import IGzipFile
from numpy.typing import NDArray

from registration.geometry import Grid
from registration.products.writing import appearing
from registration.volume import Volume

DISPLACEMENT_INTENT = 1006
PACKING = 2
"""ISA-L's level, 0 to 3: the third packs no better."""
SCANNER = 1
"""NIfTI's code for the frame of the scanner, for both sform and qform."""


def affine_ras(grid: Grid) -> NDArray[np.float64]:
    """(4, 4) from voxel indices to RAS mm: NIfTI's right and anterior are our left and posterior, turned around."""
    affine = np.eye(4)
    affine[:3, :3] = grid.axes * grid.spacing_mm
    affine[:3, 3] = grid.origin_mm
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def save_nifti(image: nibabel.Nifti1Image, path: Path, note: str) -> None:
    """Write the image to *.nii.gz with millimetres, both transforms and the note (cut to NIfTI's 79 characters).

    Compressed by ISA-L, fifteen times faster than zlib to the same size; without a date, so that equal images are
    equal files.
    """
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = note.encode("ascii")[:79]
    image.set_sform(image.affine, SCANNER)
    image.set_qform(image.affine, SCANNER)
    with path.open("wb") as file, IGzipFile("", "wb", PACKING, file, mtime=0) as packed:
        image.to_stream(packed)


def write_map(values: NDArray[np.generic], grid: Grid, path: Path, note: str) -> None:
    """A scalar map (z, y, x) on the grid as NIfTI."""
    with appearing(path) as fresh:
        image = nibabel.Nifti1Image(np.asfortranarray(values.transpose(2, 1, 0)), affine_ras(grid))
        save_nifti(image, fresh, note)


def write_scan(volume: Volume, path: Path, note: str) -> None:
    """A scan in its own unit as NIfTI, whole numbers where CT's range allows."""
    write_map(compact(volume.values), volume.grid, path, note)


def compact(values: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int16]:
    """Intensities as files keep them: rounded to whole numbers where CT's range allows, else as they are."""
    rounded = np.rint(values)
    fits = rounded.min() >= -32768 and rounded.max() <= 32767 and np.ptp(rounded) > 255
    return rounded.astype(np.int16) if fits else values
