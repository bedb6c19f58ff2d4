"""Expected errors and true ones become a table of bounds: how large the error is, as often as a level says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]
LEVELS = tuple(round(0.05 * i, 2) for i in range(1, 20))
KNOTS = 8
IN_PLANE_MM, SLICE_MM = (0.5, 2.0), (0.6, 5.0)
"""Voxels of the scans on which experts are imagined to work."""


def as_experts_see(miss_mm: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The distance (P,) between the field's answer and an expert's, and the expert's own uncertainty (P,), both mm.

    miss_mm: (P, 3), of the field. Experts click in both scans, anywhere in the right voxel; its size is random.
    """
    in_plane, slices = (rng.uniform(*limits, (len(miss_mm), 1)) for limits in (IN_PLANE_MM, SLICE_MM))
    voxel = np.concatenate([in_plane, in_plane, slices], 1)
    clicked = [voxel * rng.uniform(-0.5, 0.5, voxel.shape) for _ in ("fixed", "moving")]
    return np.linalg.norm(miss_mm + clicked[0] - clicked[1], axis=1), np.sqrt(np.square(voxel).sum(1) / 6)


def bound_table(expected_mm: Floats, error_mm: Floats, levels: Sequence[float] = LEVELS) -> tuple[Floats, Floats]:
    """Knots (K,) of expected errors and, for each level, the errors (L, K) that this share stays below there.

    Between neighbouring knots lie as many points each time; each knot's errors are those of the points around it. The
    bounds rise with the expected error and with the level.
    """
    order = np.argsort(expected_mm, kind="stable")
    groups = np.array_split(order, KNOTS)
    knots = np.array([np.median(expected_mm[group]) for group in groups])
    bounds = np.stack([_quantiles(error_mm[group], levels) for group in groups], 1)
    return knots, np.stack([isotonic_regression(row).x for row in bounds])


def _quantiles(errors: Floats, levels: Sequence[float]) -> Floats:
    """Conformal quantiles: of n + 1 errors, the last unknown (V. Vovk et al., 2005)."""
    ranks = np.ceil(np.asarray(levels) * (len(errors) + 1)).astype(int)
    return np.asarray(np.sort(errors)[np.minimum(ranks, len(errors)) - 1])
