"""Corresponding points become target registration errors, and the errors of one case its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from registration.field.displacement import DisplacementField
from registration.geometry.grid import Floats
from registration.metrics.undefined import UndefinedError

WORST_SHARE = 0.3
"""TRE30 is the mean over this share of a case's landmarks, the worst ones."""


@dataclass(frozen=True)
class LandmarkFigures:
    """Of one case, mm: mean (TRE), mean of the worst 30 % (TRE30), median and largest error of `count` landmarks."""

    count: int
    mean_mm: float
    worst_mean_mm: float
    median_mm: float
    max_mm: float


def landmark_errors(field: DisplacementField, fixed: ArrayLike, moving: ArrayLike) -> Floats:
    """Distances (N,) mm of where the field sends the fixed points (N, 3) from their partners (N, 3)."""
    return distances(field.map_points(fixed), moving)


def distances(mapped: ArrayLike, truth: ArrayLike) -> Floats:
    """Euclidean distances (N,) mm between points (N, 3), row by row."""
    one, other = (np.asarray(points, np.float64) for points in (mapped, truth))
    if one.shape != other.shape or one.ndim != 2 or one.shape[1] != 3:
        raise ValueError(f"points correspond row by row: expected (N, 3) twice, got {one.shape} and {other.shape}")
    return np.asarray(np.linalg.norm(one - other, axis=1))


def landmark_figures(errors: Floats) -> LandmarkFigures:
    """The figures of one case's errors (N,) mm. Raises UndefinedError for none."""
    if not len(errors):
        raise UndefinedError("TRE needs landmarks, this case has none.")
    return LandmarkFigures(
        len(errors), float(errors.mean()), worst_mean(errors), float(np.median(errors)), float(errors.max())
    )


def worst_mean(errors: Floats, share: float = WORST_SHARE) -> float:
    """Mean of the worst `share` of errors (N,), N >= 1: at least of one, else of round(share N)."""
    return float(np.sort(errors)[-max(1, round(share * len(errors))) :].mean())
