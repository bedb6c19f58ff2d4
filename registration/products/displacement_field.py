"""A displacement field becomes a file in the format a toolkit reads: MHA, NRRD, NIfTI, ITK transform or Learn2Reg npz.

All say the same: on the fixed grid, fixed -> moving, `moving_point = x + d(x)`. The first four are in millimetres and
come back as LPS through ITK; Learn2Reg is in voxels along the array axes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import nibabel
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.blocks import slabs
from registration.products.itk import as_itk_vectors
from registration.products.nifti import DISPLACEMENT_INTENT, affine_ras, save_nifti
from registration.products.writing import appearing

Format = Literal["mha", "nrrd", "nifti", "transform", "learn2reg"]
SUFFIXES: dict[Format, str] = {
    "mha": ".mha",
    "nrrd": ".nrrd",
    "nifti": ".nii.gz",
    "transform": ".h5",
    "learn2reg": ".npz",
}
NOTE = "displacement mm LPS, fixed->moving: moving_point = x + d(x); research use only"
NIFTI_NOTE = "displacement mm, fixed->moving, pulls moving to fixed; research use only"
LPS_TO_RAS = np.array([-1, -1, 1], np.float32)


def write_field(
    field: DisplacementField,
    path: Path,
    *,
    format: Format = "mha",
    moving_grid: Grid | None = None,
    offset: tuple[int, int, int] = (0, 0, 0),
) -> None:
    """Write the field to `path`, whose ending must be that of the format.

    moving_grid: needed for Learn2Reg, whose vectors count moving voxels. offset: where the first voxel of a cropped
    field lies in the whole fixed grid (x, y, z); only Learn2Reg, which has no header, needs it.
    """
    if not path.name.endswith(SUFFIXES[format]):
        raise ValueError(f"a field in {format} is called *{SUFFIXES[format]}, got {path.name}")
    with appearing(path) as fresh:
        if format in ("mha", "nrrd"):
            sitk.WriteImage(_described(field, format), str(fresh))
        elif format == "nifti":
            _write_nifti(field, fresh)
        elif format == "transform":
            sitk.WriteTransform(sitk.DisplacementFieldTransform(as_itk_vectors(field, np.float64)), str(fresh))
        elif moving_grid is None:
            raise ValueError("a Learn2Reg field counts moving voxels: moving_grid is needed")
        else:
            np.savez_compressed(fresh, learn2reg_vectors(field, moving_grid, offset))


def learn2reg_vectors(
    field: DisplacementField, moving_grid: Grid, offset: tuple[int, int, int] = (0, 0, 0)
) -> NDArray[np.float32]:
    """(X, Y, Z, 3): fixed voxel + vector = moving voxel, both in array-index order (i, j, k)."""
    vectors = np.empty(field.vectors_mm.shape, np.float32)  # (z, y, x, 3)
    for box in slabs(field.grid):
        points = field.grid.voxel_points(box.start, box.stop) + field.vectors_mm[box.slices]  # mm
        x, y, z = (np.arange(a, b) + o for a, b, o in zip(box.start, box.stop, offset, strict=True))
        voxels = np.stack(np.broadcast_arrays(x[None, None, :], y[None, :, None], z[:, None, None]), axis=-1)
        vectors[box.slices] = moving_grid.mm_to_index(points) - voxels
    return vectors.transpose(2, 1, 0, 3)


def _described(field: DisplacementField, format: Format) -> sitk.Image:
    image = as_itk_vectors(field, np.float32)
    image.SetMetaData("Comment", NOTE)
    if format == "nrrd":
        image.SetMetaData("displacement field type", "resampling")  # 3D Slicer's key
    return image


def _write_nifti(field: DisplacementField, path: Path) -> None:
    """NIfTI intent 1006, (X, Y, Z, 1, 3), components in RAS as the format asks; ITK turns them back to LPS."""
    vectors = (field.vectors_mm * LPS_TO_RAS).transpose(2, 1, 0, 3)[:, :, :, None, :]
    image = nibabel.Nifti1Image(np.asfortranarray(vectors), affine_ras(field.grid))
    image.header.set_intent(DISPLACEMENT_INTENT, name="fixed->moving")
    save_nifti(image, path, NIFTI_NOTE)
