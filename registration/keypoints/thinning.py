"""Farthest point sampling: few points that cover the space of many."""

from __future__ import annotations

import torch
from torch import Tensor


def farthest_points(points: Tensor, count: int) -> Tensor:
    """Indices (min(count, M),) into points (M, 3), starting at the first, each next one farthest from all before."""
    if len(points) <= count:
        return torch.arange(len(points))
    chosen = torch.zeros(count, dtype=torch.long)
    nearest = torch.full((len(points),), torch.inf)
    for i in range(1, count):
        nearest = torch.minimum(nearest, (points - points[chosen[i - 1]]).square().sum(1))
        chosen[i] = nearest.argmax()
    return chosen
