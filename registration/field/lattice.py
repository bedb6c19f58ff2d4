"""The field on the coarse lattice: where the kernel is evaluated before the field is read out on the fixed grid."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.kernel.keys import Spread
from registration.sampling import ChannelMap
from registration.working import transform_points

SLAB_VOXELS = 500_000
"""Voxels read out at once; the peak is about 200 bytes each."""


def lattice_queries(grid: Grid) -> torch.Tensor:
    """Every point (V, 3) mm of a lattice, x fastest."""
    return torch.from_numpy(grid.voxel_points().reshape(-1, 3)).float()


def on_lattice(values: torch.Tensor, grid: Grid) -> ChannelMap:
    """Per-point values (V,) or (V, C) as a map on the lattice."""
    return ChannelMap(values.reshape(*grid.shape, -1), grid)


def read_out(lattice: ChannelMap, grid: Grid, to_moving: NDArray[np.float64]) -> DisplacementField:
    """The displacement field on `grid`: the lattice's field, then the pre-alignment, `d(x) = T(x + u(x)) - x`."""
    vectors = np.empty((*grid.shape, 3), np.float32)
    for start, stop in _slabs(grid):
        points = _slab_points(grid, start, stop)
        inner = lattice.at(torch.from_numpy(points).float()).numpy().astype(np.float64)
        vectors[start:stop] = transform_points(to_moving, points + inner) - points
    return DisplacementField(vectors, grid)


def read_out_scalar(lattice: ChannelMap, grid: Grid) -> NDArray[np.float32]:
    """One channel of the lattice on `grid`, (z, y, x)."""
    values = np.empty(grid.shape, np.float32)
    for start, stop in _slabs(grid):
        values[start:stop] = lattice.at(torch.from_numpy(_slab_points(grid, start, stop)).float())[..., 0].numpy()
    return values


def expected_error_mm(spread: Spread) -> torch.Tensor:
    """Expected error (Q,) mm of the field: grows with the neighbours' disagreement, their doubt and their distance."""
    return ERROR_FLOOR_MM + 0.4 * spread.disagreement + 3.0 * (1 - spread.support) + 0.05 * spread.distance


ERROR_FLOOR_MM = 0.5


def _slabs(grid: Grid) -> list[tuple[int, int]]:
    depth, height, width = grid.shape
    step = max(1, SLAB_VOXELS // (height * width))
    return [(a, min(a + step, depth)) for a in range(0, depth, step)]


def _slab_points(grid: Grid, start: int, stop: int) -> NDArray[np.float64]:
    return grid.voxel_points((0, 0, start), (grid.size[0], grid.size[1], stop))
