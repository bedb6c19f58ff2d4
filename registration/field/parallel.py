"""A field becomes the field on a grid along the same axes, far faster than point by point: one axis after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid

PARALLEL = 1e-9
"""How far from 0 and 1 the cosines between parallel axes may be."""


def parallel(one: Grid, other: Grid) -> bool:
    """Whether x runs along x, y along y and z along z, in either sense."""
    return bool(np.abs(np.abs(one.axes.T @ other.axes) - np.eye(3)).max() <= PARALLEL)


def sampled_along(field: DisplacementField, grid: Grid) -> DisplacementField:
    """The field at the voxels of a grid that is `parallel` to its own, as `DisplacementField.at` reads it."""
    (low_x, part_x), (low_y, part_y), (low_z, part_z) = (_weights(field.grid, grid, axis) for axis in range(3))
    vectors = np.empty((*grid.shape, 3), np.float32)
    for z, (low, part) in enumerate(zip(low_z, part_z, strict=True)):
        high = min(low + 1, field.grid.size[2] - 1)
        plane = (1 - part) * field.vectors_mm[low] + part * field.vectors_mm[high]  # (y, x, 3)
        columns = _blended(plane, low_y, part_y).swapaxes(0, 1)
        vectors[z] = _blended(columns, low_x, part_x).swapaxes(0, 1)
    return DisplacementField(vectors, grid)


def _weights(own: Grid, grid: Grid, axis: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each voxel of `grid` along an axis the own voxel below it, and how far it is on the way to the next."""
    steps = np.zeros((grid.size[axis], 3))
    steps[:, axis] = np.arange(grid.size[axis])
    index = np.clip(own.mm_to_index(grid.index_to_mm(steps))[:, axis], 0, own.size[axis] - 1)
    low = np.floor(index).astype(np.int64)
    return low, (index - low).astype(np.float32)


def _blended(rows: NDArray[np.float32], low: NDArray[np.int64], part: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (n, m, 3) between the row `low` and the next."""
    high, part = np.minimum(low + 1, len(rows) - 1), part[:, None, None]
    return np.asarray((1 - part) * rows[low] + part * rows[high], np.float32)
