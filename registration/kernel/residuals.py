"""How plausible each key's displacement is beside its neighbours': multi-scale leave-one-out residuals.

For K = 8, 24, 64, 160 nearest keys without the key itself, a robust local-linear fit predicts its displacement; the
distance to that prediction, against the fit's own residual, tells outliers even when they come in clusters.
"""

from __future__ import annotations

import torch
from torch import Tensor

from registration.correspondences.graph import nearest

SCALES = (8, 24, 64, 160)
COUNT = 3 * len(SCALES) + 1
"""Numbers per key."""
CHUNK = 1024


def residual_features(points: Tensor, displacement: Tensor) -> Tensor:
    """Thirteen numbers (N, 13): log(1 + e), log(1 + s), log(1 + e / (s + 0.5)) per scale, log(1 + spacing).

    e: |d - fit| mm, s: median residual of the fit mm, spacing: distance to the 16th neighbour mm.
    """
    if len(points) < 2:
        return torch.zeros(len(points), COUNT)
    index, distance = nearest(points, points, SCALES[-1] + 1)
    index, distance = index[:, 1:], distance[:, 1:]  # without the key itself
    columns = []
    for count in SCALES:
        parts = torch.split(torch.arange(len(points)), CHUNK)
        error, typical = (
            torch.cat(v)
            for v in zip(*(_fit(points, displacement, index, distance, p, count) for p in parts), strict=True)
        )
        columns += [torch.log1p(error), torch.log1p(typical), torch.log1p(error / (typical + 0.5))]
    columns.append(torch.log1p(distance[:, min(15, distance.shape[1] - 1)]))
    return torch.stack(columns, 1)


def _fit(
    points: Tensor, displacement: Tensor, index: Tensor, distance: Tensor, part: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Distance of each key of the part from its neighbours' robust fit, and the fit's median residual; (n,) mm."""
    near, far = index[part, :count], distance[part, :count]
    offset = (points[near] - points[part, None]) / far[:, -1, None, None].clamp_min(1e-3)
    around = displacement[near]
    closeness = torch.exp(-2 * (far / far[:, -1:].clamp_min(1e-3)) ** 2)
    weights, linear = closeness, count > SCALES[0]
    for _ in range(2 if linear else 1):
        residual = (around - _predicted(offset, around, weights, offset, linear)).norm(dim=2)
        scale = 1.5 * (residual.median(1, keepdim=True).values + 0.3)
        weights = closeness / (1 + (residual / scale) ** 2) ** 2
    at_neighbours = _predicted(offset, around, weights, offset, linear)
    here = _predicted(offset, around, weights, torch.zeros_like(offset[:, :1]), linear)[:, 0]
    return (displacement[part] - here).norm(dim=1), (around - at_neighbours).norm(dim=2).median(1).values


def _predicted(offset: Tensor, values: Tensor, weights: Tensor, at: Tensor, linear: bool) -> Tensor:
    """Weighted local fit (n, A, 3) at offsets (n, A, 3): constant, or linear with a light ridge."""
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-12)
    mean = (weights[..., None] * values).sum(1, keepdim=True)
    if not linear:
        return mean.expand(-1, at.shape[1], -1)
    centre = (weights[..., None] * offset).sum(1, keepdim=True)
    centred = offset - centre
    weighted = weights[..., None] * centred
    moment = weighted.transpose(1, 2) @ centred + 0.02 * torch.eye(3)
    slope = inverse_3x3(moment) @ (weighted.transpose(1, 2) @ (values - mean))
    return mean + (at - centre) @ slope


def inverse_3x3(matrix: Tensor) -> Tensor:
    """Inverse (..., 3, 3) by cofactors: many small matrices at once, differentiable, no solver call."""
    a, b, c = matrix.unbind(-2)
    columns = torch.stack([torch.linalg.cross(b, c), torch.linalg.cross(c, a), torch.linalg.cross(a, b)], -1)
    return columns / (a * columns[..., 0]).sum(-1)[..., None, None]
