"""A displacement field becomes its Jacobian determinant map, and the map becomes the figures that reports quote.

J = det(I + ∂d/∂x), central differences between voxel centres, one-sided at the border, in patient space: anisotropic,
rotated and flipped grids give the same map. J <= 0 is a fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Box, Grid

TILE = (8, 64)
"""Slices and rows treated at once: 15 MB at 512 columns, so that they stay near the processor."""
PIECE = 2**18
"""Determinants whose logarithms are summed at once."""
OFFICIAL_BORDER, OFFICIAL_SHIFT = 2, 3.0
"""Learn2Reg cuts two border voxels and takes log(J + 3), which hardly notices folds."""


@dataclass(frozen=True)
class JacobianFigures:
    """Voxels with J <= 0 and their percentage; std of log J over J > 0; Learn2Reg's SDlogJ; extremes of J."""

    folds: int
    folds_percent: float
    sd_log_jacobian: float
    sd_log_jacobian_learn2reg: float
    jacobian_min: float
    jacobian_max: float


def jacobian_map(field: DisplacementField) -> NDArray[np.float32]:
    """J (z, y, x) of the whole field, tile by tile."""
    (x, y, z), (slices, rows) = field.grid.size, TILE
    jacobian = np.empty(field.grid.shape, np.float32)
    for low, row in product(range(0, z, slices), range(0, y, rows)):
        tile = Box((0, row, low), (x, min(row + rows, y), min(low + slices, z)))
        jacobian[tile.slices] = jacobian_within(field, tile)
    return jacobian


def jacobian_within(field: DisplacementField, box: Box) -> NDArray[np.float32]:
    """J (z, y, x) of the voxels of a box, as in the map of the whole field."""
    around = box.grown(1, field.grid.size)
    planes = np.ascontiguousarray(np.moveaxis(field.vectors_mm[around.slices], -1, 0), dtype=np.float32)
    inner = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(box.slices, around.slices, strict=True))
    return determinants(planes, field.grid)[inner]


def determinants(planes: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """J (z, y, x) of displacements (3, z, y, x) mm on a part of the grid; on the part's faces one-sided.

    With A the grid's axes and D the derivatives along them, det(I + D Aᵀ) = det(I + Aᵀ D): turning the vectors into the
    grid's frame once makes the rest independent of the direction.
    """
    turned = _along_axes(planes, grid)
    columns = [_slopes(turned, axis, grid.spacing_mm[axis]) for axis in range(3)]  # ∂/∂x, ∂/∂y, ∂/∂z of (3, z, y, x)
    for axis, column in enumerate(columns):
        column[axis] += np.float32(1)
    (a, d, g), (b, e, h), (c, f, i) = columns
    return np.asarray(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


def jacobian_figures(jacobian: NDArray[np.float32], mask: NDArray[np.bool_] | None = None) -> JacobianFigures:
    """The figures of a map (z, y, x), inside the mask when there is one."""
    values = jacobian.ravel() if mask is None else jacobian[mask]
    if not values.size:
        raise ValueError("the mask selects no voxel")
    upright = values > 0
    folds = int(values.size - np.count_nonzero(upright))
    honest = _log_deviation(values if folds == 0 else values[upright])
    percent = 100.0 * folds / values.size
    official = sd_log_jacobian_learn2reg(jacobian, mask)
    return JacobianFigures(folds, percent, honest, official, float(values.min()), float(values.max()))


def sd_log_jacobian_learn2reg(jacobian: NDArray[np.float32], mask: NDArray[np.bool_] | None = None) -> float:
    """Learn2Reg's SDlogJ: population std of log(clip(J + 3)) inside the mask, two border voxels cut."""
    core = tuple(slice(OFFICIAL_BORDER, -OFFICIAL_BORDER) for _ in range(3))
    values = jacobian[core].ravel() if mask is None else jacobian[core][mask[core]]
    return _log_deviation(np.clip(values + np.float32(OFFICIAL_SHIFT), 1e-9, 1e9))


def _log_deviation(values: NDArray[np.float32]) -> float:
    """Standard deviation of the logarithms of positive values (n,); NaN of none."""
    if not values.size:
        return float("nan")
    total = squares = 0.0
    for start in range(0, values.size, PIECE):
        logs = np.log(values[start : start + PIECE]).astype(np.float64)
        total, squares = total + float(logs.sum()), squares + float(logs @ logs)
    mean = total / values.size
    return float(np.sqrt(max(squares / values.size - mean * mean, 0.0)))


def _along_axes(planes: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    if np.array_equal(grid.axes, np.eye(3)):
        return planes
    return np.asarray(np.tensordot(grid.axes.T.astype(np.float32), planes, axes=1))


def _slopes(planes: NDArray[np.float32], axis: int, spacing: float) -> NDArray[np.float32]:
    """∂/∂axis (0 = x) of planes (3, z, y, x) in 1/mm; zero along an axis of one voxel."""
    v = planes.swapaxes(0, 3 - axis)
    slopes = np.zeros_like(planes)
    out = slopes.swapaxes(0, 3 - axis)
    if len(v) > 1:
        np.subtract(v[2:], v[:-2], out=out[1:-1])
        out[0], out[-1] = 2 * (v[1] - v[0]), 2 * (v[-1] - v[-2])
        slopes *= np.float32(0.5 / spacing)
    return slopes
