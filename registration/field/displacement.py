"""The displacement field on the fixed grid, read by trilinear interpolation: the one definition every reader shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from registration.geometry import Grid


@dataclass(frozen=True)
class DisplacementField:
    """`vectors_mm` (z, y, x, 3), components (x, y, z) in LPS millimetres on `grid`; `moving_point = x + d(x)`.

    The array may be memory-mapped. Between voxel centres the field is trilinear; in the outer half voxel the nearest
    centre's value holds.
    """

    vectors_mm: NDArray[np.float32]
    grid: Grid

    def __post_init__(self) -> None:
        if self.vectors_mm.shape != (*self.grid.shape, 3):
            raise ValueError(f"vectors of shape {self.vectors_mm.shape} on a grid of shape {self.grid.shape} (z, y, x)")

    def at(self, points: ArrayLike) -> NDArray[np.float64]:
        """Displacement (N, 3) mm at patient points (N, 3) mm."""
        corners, weights = trilinear_corners(self.grid, points)
        x, y, z = np.moveaxis(corners, -1, 0)
        return np.asarray(np.einsum("nc,ncd->nd", weights, self.vectors_mm[z, y, x].astype(np.float64)))

    def map_points(self, points: ArrayLike) -> NDArray[np.float64]:
        """Moving points (N, 3) mm of fixed points (N, 3) mm."""
        return np.asarray(points, np.float64) + self.at(points)


def map_at(values: NDArray[np.float32], grid: Grid, points: ArrayLike) -> NDArray[np.float64]:
    """A scalar map (z, y, x) on `grid` at patient points (N, 3) mm, read as the field is."""
    corners, weights = trilinear_corners(grid, points)
    x, y, z = np.moveaxis(corners, -1, 0)
    return np.asarray((weights * values[z, y, x]).sum(1))


def trilinear_corners(grid: Grid, points: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The 8 voxels (N, 8, 3) in (x, y, z) order around each point (N, 3) mm, and their trilinear weights (N, 8)."""
    last = np.asarray(grid.size) - 1
    index = np.clip(grid.mm_to_index(np.asarray(points, np.float64).reshape(-1, 3)), 0, last)
    low = np.minimum(np.floor(index).astype(np.int64), np.maximum(last - 1, 0))
    part = index - low  # (N, 3) in [0, 1]
    offsets = np.array([(i, j, k) for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    corners = np.minimum(low[:, None] + offsets, last)
    weights = np.where(offsets, part[:, None], 1 - part[:, None]).prod(axis=-1)
    return corners, weights
