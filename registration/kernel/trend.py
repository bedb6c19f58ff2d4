"""Correspondences become the motion they share: a robust polynomial of the place, which the kernel need not explain.

What a weighted sum over a few near keys reproduces worst, motion that varies all over the body, is taken out before it
and added again after it. Far from the keys the polynomial goes on as a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

UNIT_MM = 100.0
RIDGE = 1e-4
"""Price on every coefficient but the constant, in mm^2 per squared unit."""
ROUNDS = 5
LINEAR_FROM, QUADRATIC_FROM = 8, 100
"""So many keys, at least, for that degree."""


@dataclass(frozen=True)
class Trend:
    """centre (3,) mm; low, high (3,) mm from it, the keys' box; coefficients (C, 3) mm, C by the degree."""

    centre: Tensor
    low: Tensor
    high: Tensor
    coefficients: Tensor

    def at(self, points: Tensor) -> Tensor:
        """Displacements (..., 3) mm at points (..., 3) mm."""
        offset = points.reshape(-1, 3).to(self.centre) - self.centre
        found = _monomials(offset, self.low, self.high, len(self.coefficients)) @ self.coefficients
        return found.reshape(points.shape).to(points)


def robust_trend(points: Tensor, displacement: Tensor, confidence: Tensor, degree: int = 2) -> Trend:
    """The polynomial of at most `degree` through keys (N, 3) mm, those that do not fit it outvoted.

    Iteratively reweighted least squares: weights c / (1 + (r / (1.5 median r + 0.3 mm))^2)^2. Few keys take a lower
    degree. An affine motion is found to a tenth of a percent.
    """
    points, displacement, confidence = (t.double() for t in (points, displacement, confidence))
    centre = (confidence[:, None] * points).sum(0) / confidence.sum()
    offset = points - centre
    low, high = offset.amin(0), offset.amax(0)
    design = _monomials(offset, low, high, _terms(len(points), degree))
    weights, coefficients = confidence, displacement.new_zeros(design.shape[1], 3)
    for _ in range(ROUNDS):
        coefficients = _fit(design, displacement, weights / weights.sum())
        residual = (displacement - design @ coefficients).norm(dim=1)
        weights = confidence / (1 + (residual / (1.5 * residual.median() + 0.3)) ** 2) ** 2
    return Trend(centre, low, high, coefficients)


def _terms(count: int, degree: int) -> int:
    """Number of monomials for so many keys: of degree 0, 1 or 2."""
    if count < LINEAR_FROM or degree == 0:
        return 1
    return 4 if count < QUADRATIC_FROM or degree == 1 else 10


def _fit(design: Tensor, values: Tensor, weights: Tensor) -> Tensor:
    """Coefficients (C, 3) of least weighted squares under the ridge; weights (N,) add up to one."""
    ridge = torch.full((design.shape[1],), RIDGE, dtype=design.dtype)
    ridge[0] = 0.0
    weighted = weights[:, None] * design
    coefficients: Tensor = torch.linalg.solve(design.T @ weighted + torch.diag(ridge), weighted.T @ values)
    return coefficients


def _monomials(offset: Tensor, low: Tensor, high: Tensor, count: int) -> Tensor:
    """The first `count` of 1, x, y, z, and the six of degree two, (N, count); those of the nearest point of the box."""
    x, y, z = (offset.clamp(low, high) / UNIT_MM).unbind(1)
    columns = [torch.ones_like(x), *(offset / UNIT_MM).unbind(1), x * x, y * y, z * z, x * y, x * z, y * z]
    return torch.stack(columns[:count], 1)
