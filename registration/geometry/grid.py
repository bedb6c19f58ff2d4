"""A sampling grid in the DICOM patient frame (LPS): where voxel (i, j, k) lies in millimetres, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
ROUNDING_VOXELS = 1e-6
"""A point on the rim is inside, however the grid is stored."""
IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Grid:
    """`size` voxels of `spacing_mm` from `origin_mm` along the columns of `direction`; all four in (x, y, z) order.

    `direction[r][c]` is component r (L, P, S) of the unit vector along axis c (x, y, z), as in ITK:
    `point = origin + direction @ (spacing * index)`. Arrays on the grid have shape (z, y, x).
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[tuple[float, float, float], ...] = IDENTITY

    def __post_init__(self) -> None:
        axes = np.asarray(self.direction, float)
        if min(self.size) < 1 or min(self.spacing_mm) <= 0 or axes.shape != (3, 3):
            raise ValueError(f"no grid: size {self.size}, spacing {self.spacing_mm} mm, direction {axes.shape}")
        if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4):
            raise ValueError(f"the axes of a grid are orthonormal, got {axes.tolist()}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (z, y, x) of an array on this grid."""
        x, y, z = self.size
        return z, y, x

    @property
    def axes(self) -> Floats:
        """The direction as a (3, 3) array, columns are the unit vectors of x, y and z."""
        return np.asarray(self.direction, np.float64)

    def index_to_mm(self, index: ArrayLike) -> Floats:
        """Patient points (..., 3) of continuous voxel indices (..., 3) in (x, y, z) order."""
        steps = np.asarray(index, np.float64) * self.spacing_mm
        return np.asarray(self.origin_mm) + steps @ self.axes.T

    def mm_to_index(self, points: ArrayLike) -> Floats:
        """Continuous voxel indices (..., 3), (x, y, z) order, of patient points (..., 3)."""
        offset = np.asarray(points, np.float64) - self.origin_mm
        return np.asarray(offset @ self.axes / self.spacing_mm)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Whether each patient point (..., 3) lies in a voxel, half a voxel around the outer centres included."""
        index = self.mm_to_index(points)
        rim = 0.5 + ROUNDING_VOXELS
        return np.asarray(np.all((index >= -rim) & (index <= np.asarray(self.size) - 1 + rim), axis=-1))

    def voxel_points(self, start: tuple[int, int, int] = (0, 0, 0), stop: tuple[int, int, int] | None = None) -> Floats:
        """Patient points (z, y, x, 3) of the voxels from `start` to before `stop` ((x, y, z) order; default all)."""
        x, y, z = (np.arange(a, b, dtype=np.float64) for a, b in zip(start, stop or self.size, strict=True))
        index = np.stack(np.broadcast_arrays(x[None, None, :], y[None, :, None], z[:, None, None]), axis=-1)
        return self.index_to_mm(index)

    def corners(self) -> Floats:
        """The eight outer corners (8, 3) of the outer voxels, in patient millimetres."""
        ends = [(-0.5, n - 0.5) for n in self.size]
        return self.index_to_mm([(x, y, z) for x in ends[0] for y in ends[1] for z in ends[2]])

    def same_place(self, other: Grid, *, tolerance_mm: float = 1e-2) -> bool:
        """Whether both grids have the same voxels, corner for corner within the tolerance."""
        return self.size == other.size and bool(np.abs(self.corners() - other.corners()).max() <= tolerance_mm)
