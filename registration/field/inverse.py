"""Moving points become fixed points: the displacement field inverted where it is asked, with an honest residual.

Damped fixed-point iteration of x ← x + s (y - x - d(x)) per point; s halves where the step does not help.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from registration.field.displacement import DisplacementField

TOLERANCE_MM = 1e-4
STEPS = 200
SMALLEST_STEP = 2.0**-12


@dataclass(frozen=True)
class InversePoints:
    """`points_mm` (N, 3) in the fixed scan; `residual_mm` (N,) = |x + d(x) - y|.

    `converged` (N,): the residual is below the tolerance and the point lies in the fixed scan. Where it is not, the
    point is the best that was found and nothing to rely on: tissue outside the fixed scan, or a fold.
    """

    points_mm: NDArray[np.float64]
    residual_mm: NDArray[np.float64]
    converged: NDArray[np.bool_]


def inverse_points(
    field: DisplacementField, moving_points: ArrayLike, *, tolerance_mm: float = TOLERANCE_MM
) -> InversePoints:
    """The fixed points (N, 3) that the field maps to moving points (N, 3), all in LPS mm."""
    wanted = np.asarray(moving_points, np.float64).reshape(-1, 3)
    x = wanted - field.at(wanted - _typical(field))
    miss = wanted - field.map_points(x)
    step = np.ones(len(x))
    for _ in range(STEPS):
        active = np.flatnonzero((np.linalg.norm(miss, axis=1) > tolerance_mm) & (step > SMALLEST_STEP))
        if not active.size:
            break
        candidate = x[active] + step[active, None] * miss[active]
        new_miss = wanted[active] - field.map_points(candidate)
        better = np.linalg.norm(new_miss, axis=1) < np.linalg.norm(miss[active], axis=1)
        x[active[better]], miss[active[better]] = candidate[better], new_miss[better]
        step[active[~better]] *= 0.5
    residual = np.linalg.norm(miss, axis=1)
    return InversePoints(x, residual, (residual <= tolerance_mm) & field.grid.contains(x))


def _typical(field: DisplacementField) -> NDArray[np.float64]:
    """The displacement in the middle of the grid: takes out a table shift before the first look."""
    middle = field.grid.corners().mean(axis=0, keepdims=True)
    return np.asarray(field.at(middle)[0])
