"""A volume of the moving scan and a field become a volume on the fixed grid: v(x + d(x))."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import SimpleITK as sitk

from registration.field.displacement import DisplacementField
from registration.products.itk import as_itk, as_itk_vectors
from registration.products.nifti import write_map
from registration.volume import Volume

AIR_HU = -1024.0
NOTE = "moving scan pulled to the fixed grid (fixed->moving field); research use only"


def warp(
    moving: Volume,
    field: DisplacementField,
    *,
    interpolation: Literal["linear", "nearest"] = "linear",
    outside: float | None = None,
) -> Volume:
    """`moving` on the field's grid, trilinear for intensities, nearest for labels (then `outside` is 0 by default).

    Where the field leaves the moving scan: `outside`, by default the darkest value of the scan, or air for CT.
    """
    nearest = interpolation == "nearest"
    value = (0.0 if nearest else background(moving)) if outside is None else outside
    vectors = as_itk_vectors(field, np.float64)
    reference = sitk.Image(list(field.grid.size), sitk.sitkUInt8)
    reference.CopyInformation(vectors)
    transform = sitk.DisplacementFieldTransform(vectors)  # takes the image over
    how = sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear
    pulled = sitk.Resample(as_itk(moving), reference, transform, how, value, sitk.sitkFloat32)
    return Volume(sitk.GetArrayFromImage(pulled), field.grid)


def background(volume: Volume) -> float:
    """What lies around a scan: its darkest value, but never darker than the air of a CT."""
    return max(AIR_HU, float(volume.values.min()))


def write_warped(volume: Volume, path: Path) -> None:
    """The warped scan as NIfTI in the scan's own unit, whole numbers where CT's range allows."""
    values = np.rint(volume.values)
    fits = values.min() >= -32768 and values.max() <= 32767 and np.ptp(values) > 255
    write_map(values.astype(np.int16) if fits else volume.values, volume.grid, path, NOTE)
