"""Bumps on the grid: Wendland's φ(t) = (1 - t)⁴ (4t + 1) around clicks, sampled at voxels and added to the field.

Everything is elementwise along the grid's axes, so a voxel gets the same bits whichever box it is computed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Box, Grid

Floats = NDArray[np.float64]

STEEPEST = 2.11
"""max |φ'|: a bump of amplitude a and radius R has gradient at most 2.11 |a| / R."""


@dataclass(frozen=True)
class Bump:
    """d(v) += amplitude_mm φ(|v - centre| / radius_mm), centre as a continuous voxel index (x, y, z)."""

    id: str
    centre: tuple[float, float, float]
    radius_mm: float
    amplitude_mm: tuple[float, float, float]


def wendland(squared: Floats) -> Floats:
    """φ(t) of t², zero from t = 1 on: positive definite in 3D and twice continuously differentiable."""
    t = np.sqrt(np.minimum(squared, 1.0))
    rest = 1.0 - t
    rest *= rest
    return np.asarray(rest * rest * (4.0 * t + 1.0))


def support(grid: Grid, bump: Bump) -> Box:
    """The voxels that hold the ball of the bump, clipped to the grid."""
    reach = [bump.radius_mm / s for s in grid.spacing_mm]
    start = [max(0, int(np.ceil(c - r))) for c, r in zip(bump.centre, reach, strict=True)]
    ends = zip(bump.centre, reach, grid.size, start, strict=True)
    stop = [max(a, min(n, int(np.floor(c + r)) + 1)) for c, r, n, a in ends]
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def sampled(grid: Grid, bump: Bump, box: Box) -> Floats:
    """φ of the bump (z, y, x) at the voxels of the box."""
    ends = zip(box.start, box.stop, bump.centre, grid.spacing_mm, strict=True)
    steps = [(np.arange(a, b, dtype=np.float64) - c) * (s / bump.radius_mm) for a, b, c, s in ends]
    x, y, z = (step * step for step in steps)
    return wendland(x + (y[:, None] + z[:, None, None]))


def corrected(base: DisplacementField, bumps: Sequence[Bump], box: Box) -> NDArray[np.float32]:
    """The field (3, z, y, x) in the box: the base plus all bumps that reach into it, in the order given."""
    total = np.ascontiguousarray(np.moveaxis(base.vectors_mm[box.slices], -1, 0), dtype=np.float64)
    for bump in bumps:
        own = support(base.grid, bump)
        common = intersection(own, box)
        if not common.empty:
            phi = sampled(base.grid, bump, common)
            z, y, x = moved(common, box.start).slices
            for component, amplitude in zip(total, bump.amplitude_mm, strict=True):
                component[z, y, x] += amplitude * phi
    return total.astype(np.float32)


def intersection(one: Box, other: Box) -> Box:
    """The voxels in both boxes."""
    (ax, ay, az), (bx, by, bz) = one.start, one.stop
    (cx, cy, cz), (dx, dy, dz) = other.start, other.stop
    return Box((max(ax, cx), max(ay, cy), max(az, cz)), (min(bx, dx), min(by, dy), min(bz, dz)))


def moved(box: Box, origin: tuple[int, int, int]) -> Box:
    """The same voxels counted from another origin."""
    (ax, ay, az), (bx, by, bz), (ox, oy, oz) = box.start, box.stop, origin
    return Box((ax - ox, ay - oy, az - oz), (bx - ox, by - oy, bz - oz))
