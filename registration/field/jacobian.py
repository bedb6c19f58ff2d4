"""A displacement field becomes its Jacobian determinant map, and the map becomes the figures that reports quote.

J = det(I + ∂d/∂x), central differences between voxel centres, one-sided at the border, in patient space: anisotropic,
rotated and flipped grids give the same map. J <= 0 is a fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid

SLAB = 16
"""Slices treated at once; the peak is about 60 bytes per voxel of a slab."""
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
    """J (z, y, x) of the whole field, slab by slab."""
    depth = field.grid.size[2]
    slabs = []
    for start in range(0, depth, SLAB):
        stop = min(start + SLAB, depth)
        low, high = max(0, start - 1), min(depth, stop + 1)
        planes = np.ascontiguousarray(np.moveaxis(field.vectors_mm[low:high], -1, 0), dtype=np.float32)
        slabs.append(determinants(planes, field.grid)[start - low : stop - low])
    return np.concatenate(slabs)


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
    chosen = jacobian if mask is None else jacobian[mask]
    values = chosen.ravel().astype(np.float64)
    if not values.size:
        raise ValueError("the mask selects no voxel")
    folds = int((values <= 0).sum())
    upright = values[values > 0]
    honest = float(np.log(upright).std()) if upright.size else float("nan")
    percent = 100.0 * folds / values.size
    official = sd_log_jacobian_learn2reg(jacobian, mask)
    return JacobianFigures(folds, percent, honest, official, float(values.min()), float(values.max()))


def sd_log_jacobian_learn2reg(jacobian: NDArray[np.float32], mask: NDArray[np.bool_] | None = None) -> float:
    """Learn2Reg's SDlogJ: population std of log(clip(J + 3)) inside the mask, two border voxels cut."""
    core = tuple(slice(OFFICIAL_BORDER, -OFFICIAL_BORDER) for _ in range(3))
    inner = jacobian[core].astype(np.float64)
    values = inner if mask is None else inner[mask[core]]
    return float(np.log(np.clip(values + OFFICIAL_SHIFT, 1e-9, 1e9)).std()) if values.size else float("nan")


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
