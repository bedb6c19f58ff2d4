"""Displacement images of ITK, LPS mm, become fields of ours."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike

from registration.field.displacement import DisplacementField
from registration.geometry import Grid


def field_of(image: sitk.Image, grid: Grid) -> DisplacementField:
    """The field of a vector image of SimpleITK that lies on `grid`."""
    return field_of_array(sitk.GetArrayViewFromImage(image), grid)


def field_of_array(vectors: ArrayLike, grid: Grid) -> DisplacementField:
    """The field of vectors (z, y, x, 3), components (x, y, z) in LPS mm."""
    return DisplacementField(np.array(vectors, np.float32, order="C"), grid)
