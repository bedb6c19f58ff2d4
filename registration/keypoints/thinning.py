"""Farthest point sampling: few points that cover the space of many."""

from __future__ import annotations

import torch
from torch import Tensor


def farthest_points(points: Tensor, count: int, *, first: int = 0) -> Tensor:
    """Indices (min(count, M),) into points (M, 3): `first`, then each time the one farthest from all before."""
    if len(points) <= count:
        return torch.arange(len(points))
    chosen = torch.full((count,), first, dtype=torch.long)
    nearest = torch.full((len(points),), torch.inf)
    for i in range(1, count):
        nearest = torch.minimum(nearest, (points - points[chosen[i - 1]]).square().sum(1))
        chosen[i] = nearest.argmax()
    return chosen
