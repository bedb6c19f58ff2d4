"""A volume of the moving scan and a field become a volume on the fixed grid: v(x + d(x))."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.products.blocks import cropped, slabs
from registration.products.itk import as_itk, as_itk_vectors
from registration.products.nifti import write_scan
from registration.volume import Volume

AIR_HU = -1024.0
NOTE = "moving scan pulled to the fixed grid (fixed->moving field); research use only"


class Puller:
    """A volume that is ready to be pulled through any number of fields: ITK's copy of it is made once.

    Trilinear for intensities, nearest for labels (then `outside` is 0 by default). Where a field leaves the volume:
    `outside`, by default the darkest value of the scan, or air for CT.
    """

    def __init__(
        self, moving: Volume, *, interpolation: Literal["linear", "nearest"] = "linear", outside: float | None = None
    ) -> None:
        nearest = interpolation == "nearest"
        self._image = as_itk(moving)
        self._how = sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear
        self._outside = (0.0 if nearest else background(moving)) if outside is None else outside

    def through(self, field: DisplacementField) -> Volume:
        """The volume on the field's grid; slab by slab, since ITK wants displacements in double precision."""
        values = np.empty(field.grid.shape, np.float32)
        for box in slabs(field.grid):
            values[box.slices] = self._pulled(cropped(field, box))
        return Volume(values, field.grid)

    def _pulled(self, field: DisplacementField) -> NDArray[np.float32]:
        vectors = as_itk_vectors(field, np.float64)
        reference = sitk.Image(list(field.grid.size), sitk.sitkUInt8)
        reference.CopyInformation(vectors)
        transform = sitk.DisplacementFieldTransform(vectors)  # takes the image over
        pulled = sitk.Resample(self._image, reference, transform, self._how, self._outside, sitk.sitkFloat32)
        return np.asarray(sitk.GetArrayFromImage(pulled), np.float32)


def warp(
    moving: Volume,
    field: DisplacementField,
    *,
    interpolation: Literal["linear", "nearest"] = "linear",
    outside: float | None = None,
) -> Volume:
    """`moving` on the field's grid, as `Puller` reads it."""
    return Puller(moving, interpolation=interpolation, outside=outside).through(field)


def background(volume: Volume) -> float:
    """What lies around a scan: its darkest value, but never darker than the air of a CT."""
    return max(AIR_HU, float(volume.values.min()))


def write_warped(volume: Volume, path: Path) -> None:
    """The warped scan as NIfTI."""
    write_scan(volume, path, NOTE)
