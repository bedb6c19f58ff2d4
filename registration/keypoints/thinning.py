"""Farthest point sampling: few points that cover the space of many."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def farthest_points(points: Tensor, count: int, *, first: int = 0) -> Tensor:
    """Indices (min(count, M),) into points (M, 3): `first`, then each time the one farthest from all before.

    Expanded squares about one of the points: exact for points of a lattice, whose equal distances are many.
    """
    if len(points) <= count:
        return torch.arange(len(points))
    away = (points - points[first]).numpy()
    columns, lengths = np.ascontiguousarray(away.T), np.square(away).sum(1)
    chosen, nearest = np.full(count, first), lengths.copy()
    for i in range(1, count):
        last = chosen[i] = nearest.argmax()
        np.minimum(nearest, (-2 * away[last]) @ columns + lengths + lengths[last], out=nearest)
    return torch.from_numpy(chosen)
