"""Size, spacing, origin and direction as a header gives them become a grid, or an objection with the numbers."""

from __future__ import annotations

import math

import numpy as np

from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.geometry.orthonormal import TOLERANCE, nearest_orthonormal, orthonormal_deviation
from registration.reading.limits import ReadingLimits


def check_size(name: str, size: tuple[int, ...], limits: ReadingLimits) -> None:
    """Objects to volumes beyond the limit, from their header alone."""
    if math.prod(size) > limits.voxels:
        raise ScanError(
            "scan-unreadable", f"{name}: {' x '.join(map(str, size))} voxels, accepted are {limits.voxels} in all"
        )


def placed_grid(
    name: str, size: tuple[int, int, int], spacing: Floats, origin: Floats, axes: Floats
) -> tuple[Grid, tuple[str, ...]]:
    """The grid of a file, its axes made orthonormal within the tolerance, and notes on what was done."""
    if not (np.isfinite(spacing).all() and np.isfinite(origin).all() and (spacing > 0).all()):
        message = f"{name}: spacing must be positive and origin finite, got {spacing.tolist()} and {origin.tolist()} mm"
        raise ScanError("series-geometry-missing", message)
    deviation = orthonormal_deviation(axes)
    if deviation > TOLERANCE:
        message = f"{name}: the axes are sheared or missing, {deviation:.4f} from orthonormal, accepted {TOLERANCE}"
        raise ScanError("series-geometry-missing", message, deviation=deviation)
    direction = tuple((float(a), float(b), float(c)) for a, b, c in nearest_orthonormal(axes))
    grid = Grid(size, _three(spacing), _three(origin), direction)
    notes = (f"direction cosines were off by {deviation:.1e} and made orthonormal",) if deviation > 1e-5 else ()
    return grid, notes


def _three(values: Floats) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
