"""The field on the coarse lattice: where the kernel is evaluated before the field is read out on the fixed grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.resampling import placement, values_at
from registration.sampling import ChannelMap

SLAB_VOXELS = 500_000
"""Voxels read out at once; the peak is about 200 bytes each where the fixed grid is oblique, else 30."""


def nodes_over(grid: Grid) -> Grid:
    """The lattice of every second voxel of a grid, the first included, that reaches to its last voxel or beyond."""
    (x, y, z), (sx, sy, sz) = grid.size, grid.spacing_mm
    size = (x // 2 + 1, y // 2 + 1, z // 2 + 1)
    return Grid(size, (2 * sx, 2 * sy, 2 * sz), grid.origin_mm, grid.direction)


def lattice_queries(grid: Grid) -> torch.Tensor:
    """Every point (V, 3) mm of a lattice, x fastest."""
    return torch.from_numpy(grid.voxel_points().reshape(-1, 3)).float()


def on_lattice(values: torch.Tensor, grid: Grid) -> ChannelMap:
    """Per-point values (V,) or (V, C) as a map on the lattice."""
    return ChannelMap(values.reshape(*grid.shape, -1), grid)


def read_out(lattice: ChannelMap, grid: Grid, to_moving: NDArray[np.float64]) -> DisplacementField:
    """The displacement field on `grid`: the lattice's field, then the pre-alignment, `d(x) = T(x + u(x)) - x`."""
    vectors = np.empty((*grid.shape, 3), np.float32)
    turn, shift = to_moving[:3, :3], to_moving[:3, 3]
    for start, stop, inner in _slabs(lattice, grid):
        if np.array_equal(turn, np.eye(3)):
            vectors[start:stop] = inner + shift.astype(np.float32)
        else:
            points = grid.voxel_points((0, 0, start), (grid.size[0], grid.size[1], stop))
            vectors[start:stop] = inner @ turn.T + points @ (turn - np.eye(3)).T + shift
    return DisplacementField(vectors, grid)


def read_out_scalar(lattice: ChannelMap, grid: Grid) -> NDArray[np.float32]:
    """One channel of the lattice on `grid`, (z, y, x)."""
    values = np.empty(grid.shape, np.float32)
    for start, stop, inner in _slabs(lattice, grid):
        values[start:stop] = inner[..., 0]
    return values


def _slabs(lattice: ChannelMap, grid: Grid) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """First slice, the one after the last, and the lattice's values (z, y, x, C) there, slab by slab."""
    place, (depth, height, width) = placement(grid, lattice.grid), grid.shape
    step = max(1, SLAB_VOXELS // (height * width))
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        yield start, stop, values_at(lattice, place.part(start, stop)).numpy()
