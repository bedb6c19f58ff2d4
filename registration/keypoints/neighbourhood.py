"""The largest value around every voxel, as maxima over ever longer runs: what growing masks and finding peaks need."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def largest_around(values: Tensor, radius: int) -> Tensor:
    """Maximum (z, y, x) over the cube of `radius` voxels to each side of every voxel; numbers >= 0 or bool.

    Nothing lies beyond the border. A window of n voxels takes about log2(n) steps along each axis.
    """
    for axis in range(3):
        padding = [0, 0, 0, 0, 0, 0]
        padding[2 * (2 - axis)] = padding[2 * (2 - axis) + 1] = radius
        values, width = F.pad(values, padding), 1
        while width < 2 * radius + 1:
            step = min(width, 2 * radius + 1 - width)
            count = values.shape[axis] - step
            values, width = torch.maximum(values.narrow(axis, 0, count), values.narrow(axis, step, count)), width + step
    return values
