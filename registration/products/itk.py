"""Volumes and fields of ours become images of SimpleITK, on the same grid."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import DTypeLike

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.volume import Volume


def as_itk(volume: Volume) -> sitk.Image:
    """A float image."""
    return placed(sitk.GetImageFromArray(np.asarray(volume.values, np.float32)), volume.grid)


def as_itk_vectors(field: DisplacementField, dtype: DTypeLike) -> sitk.Image:
    """A vector image of three components, LPS mm."""
    return placed(sitk.GetImageFromArray(np.asarray(field.vectors_mm, dtype), isVector=True), field.grid)


def placed(image: sitk.Image, grid: Grid) -> sitk.Image:
    """The image with the grid's spacing, origin and direction."""
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.axes.ravel().tolist())
    return image
