"""Maps from points to points, as files hold them: linear ones, sampled displacements, and those to be inverted.

Each takes displacements at the voxels of a grid one map further.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.inverse import inverse_points
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.products.itk import as_itk_vectors, placed

INVERSE_MM = 1e-4
"""How well a field that leads the wrong way is inverted."""


class Part(Protocol):
    """One map of a file."""

    def onward(self, grid: Grid, displacement: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Displacements (z, y, x, 3) mm through this map after those given, and where (z, y, x) the map is defined."""


@dataclass(frozen=True)
class Linear:
    """x -> matrix x + shift; matrix (3, 3), shift (3,) mm."""

    matrix: Floats
    shift: Floats

    def onward(self, grid: Grid, displacement: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """As `Part` has it."""
        points = grid.voxel_points()
        found = (points + displacement) @ self.matrix.T + self.shift - points
        return found, np.ones(grid.shape, bool)


@dataclass(frozen=True)
class Sampled:
    """x -> x + d(x), trilinear between the voxels of a field; beyond its border the border's values continue."""

    field: DisplacementField

    @cached_property
    def _image(self) -> sitk.Image:
        return as_itk_vectors(self.field, np.float32)

    def onward(self, grid: Grid, displacement: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """As `Part` has it. ITK looks the vectors up: twenty times faster than numpy."""
        reference = placed(sitk.Image(list(grid.size), sitk.sitkUInt8), grid)
        way = _way(grid, displacement)
        found = sitk.Resample(self._image, reference, way, sitk.sitkLinear, 0.0, sitk.sitkVectorFloat64)
        values, points = sitk.GetArrayFromImage(found), grid.voxel_points() + displacement
        inside = self.field.grid.contains(points)
        values[~inside] = self.field.at(points[~inside])
        return displacement + values, inside


def _way(grid: Grid, displacement: Floats) -> sitk.Transform:
    """As ITK takes it; nothing is the first map's case, and three times faster said as such."""
    if not displacement.any():
        return sitk.Transform(3, sitk.sitkIdentity)
    return sitk.DisplacementFieldTransform(placed(sitk.GetImageFromArray(displacement, isVector=True), grid))


@dataclass(frozen=True)
class Inverted:
    """y -> x where x + d(x) = y: a field that leads from moving to fixed points, turned round."""

    field: DisplacementField

    def onward(self, grid: Grid, displacement: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """As `Part` has it; defined where the inverse converged."""
        start = grid.voxel_points()
        found = inverse_points(self.field, (start + displacement).reshape(-1, 3), tolerance_mm=INVERSE_MM)
        return found.points_mm.reshape(start.shape) - start, found.converged.reshape(grid.shape)
