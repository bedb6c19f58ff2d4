"""The kernel alone: any set of correspondences -> where any other point goes. Needs no images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.errors import PointError
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys
from registration.kernel.robust import trust
from registration.kernel.trained import CORRESPONDENCES, trained_kernel
from registration.kernel.trend import robust_trend
from registration.weights import available_weights

NARROW_MM, WIDE_MM = 6.0, 12.0
DENSE = 200
"""Correspondences from which on the learned kernel is used; it was trained on 500 to 2500."""


def densify(fixed_mm: ArrayLike, moving_mm: ArrayLike, at_mm: ArrayLike) -> NDArray[np.float64]:
    """Moving points (M, 3) mm of the points at (M, 3) mm, from N >= 1 correspondences (N, 3) mm, wrong ones included.

    Dense sets go through the learned kernel. Sparse ones (fewer than 200) get a robust affine motion and, on what it
    leaves, the two-scale kernel with widths not below the keys' own spacing.
    Raises PointError `table-unreadable` for an empty set or shapes that do not fit, `point-not-finite`.
    """
    fixed, moving, at = (_points(p, name) for p, name in ((fixed_mm, "fixed"), (moving_mm, "moving"), (at_mm, "at")))
    if len(fixed) != len(moving) or not len(fixed):
        raise PointError(
            "table-unreadable",
            f"Expected as many fixed as moving points and one at least, got {len(fixed)} and {len(moving)}.",
        )
    points, queries = (torch.from_numpy(p).float() for p in (fixed, at))
    displacement = torch.from_numpy(moving - fixed).float()
    if len(points) >= DENSE and CORRESPONDENCES in available_weights():
        kernel, _ = trained_kernel(CORRESPONDENCES)
        keys = Keys(points, displacement, torch.ones(len(points)), torch.zeros(len(points), 0))
        return at + kernel.spread(queries, keys).displacement.numpy().astype(np.float64)
    return at + _sparse(points, displacement, queries).numpy().astype(np.float64)


def _sparse(points: Tensor, displacement: Tensor, queries: Tensor) -> Tensor:
    """Displacements (M, 3) mm at queries (M, 3) mm from few keys (N, 3) mm, by hand-made parts alone."""
    confidence = trust(points, displacement)
    trend = robust_trend(points, displacement, confidence, degree=1)
    rest = displacement - trend.at(points)
    spacing = float(nearest(points, points, 5)[1][:, -1].median())
    local = TwoScaleGaussian(max(WIDE_MM, spacing), max(NARROW_MM, 0.5 * spacing))
    keys = Keys(points, rest, confidence, torch.zeros(len(points), 0))
    return local.spread(queries, keys).displacement + trend.at(queries)


def _points(values: ArrayLike, name: str) -> NDArray[np.float64]:
    points = np.asarray(values, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise PointError("table-unreadable", f"Expected {name} points as (N, 3), got shape {points.shape}.")
    if not np.isfinite(points).all():
        raise PointError(
            "point-not-finite",
            f"Row {int(np.argmin(np.isfinite(points).all(1)))} of the {name} points is no finite number.",
        )
    return points
