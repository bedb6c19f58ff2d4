"""What the matcher knows about each match: the numbers by which the kernel tells good keys from bad ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from registration.correspondences.selection import SHARPNESS, VALUES, Selection

PER_LEVEL = 11
"""Statistics of one matching level, in the order of `level_statistics`."""
NOTHING = -80.0
"""Least logarithm of a probability: beyond it they are denormal numbers, which take ten times as long."""


def level_statistics(costs: Tensor, selection: Selection, start: Tensor, offsets: Tensor, step_mm: float) -> Tensor:
    """Eleven numbers (N, 11) per keypoint of one level, dimensionless and of order one.

    Minimum, mean and spread of the cost; entropies of its soft minimum without and with regularisation; spread of the
    regularised soft minimum in label steps; height of the second minimum and of the selected label; distance of the
    selected label from the plain minimum and from the start; whether it lies on the border of the search.
    costs (N, L); start (N, 3) mm; offsets (L, 3) mm, a cube in raster order.
    """
    rows, near = max(1, VALUES // costs.shape[1]), _neighbours(round(len(offsets) ** (1 / 3)))
    moved = (selection.displacement - start).norm(dim=1)
    parts = [torch.split(values, rows) for values in (costs, selection.regularised, moved)]
    return torch.cat([_statistics(c, r, m, offsets, near, step_mm) for c, r, m in zip(*parts, strict=True)])


def _statistics(
    costs: Tensor, regularised: Tensor, moved: Tensor, offsets: Tensor, near: Tensor, step_mm: float
) -> Tensor:
    """The numbers (n, 11) of some keypoints. moved (n,) mm from the start; near (L, 27): the labels around each."""
    (least, plain), selected = costs.min(1), regularised.argmin(1)
    raw, regular = (torch.log_softmax(-SHARPNESS * c, 1).clamp_min(NOTHING) for c in (costs, regularised))
    moments = regular.exp() @ torch.cat([offsets, offsets.square().sum(1, keepdim=True)], 1)
    variance = (moments[:, 3] - moments[:, :3].square().sum(1)).clamp_min(0)
    second = costs.scatter(1, near[plain], torch.inf).amin(1)
    border = offsets[selected].abs().amax(1) >= offsets.abs().max() - 0.01 * step_mm
    return torch.stack(
        [
            10 * least,
            10 * costs.mean(1),
            10 * _spread(costs),
            _entropy(raw),
            _entropy(regular),
            variance.sqrt() / step_mm,
            torch.log1p(100 * (second - least)),
            torch.log1p(100 * (costs.gather(1, selected[:, None])[:, 0] - least)),
            torch.log1p((offsets[plain] - offsets[selected]).norm(dim=1) / step_mm),
            torch.log1p(moved / step_mm),
            border.float(),
        ],
        1,
    )


def _spread(costs: Tensor) -> Tensor:
    """Standard deviation (n,) of (n, L) costs; torch's own takes thirty times as long."""
    away = costs - costs.mean(1, keepdim=True)
    return (away.square().sum(1) / (costs.shape[1] - 1)).sqrt()


def _neighbours(side: int) -> Tensor:
    """The labels (side^3, 27) within one step of each label of a cube in raster order, itself among them."""
    steps, unit = torch.arange(side), torch.tensor([-1, 0, 1])
    place = torch.cartesian_prod(steps, steps, steps)[:, None] + torch.cartesian_prod(unit, unit, unit)
    return place.clamp(0, side - 1) @ torch.tensor([side * side, side, 1])


def _entropy(log_probabilities: Tensor) -> Tensor:
    """Entropy (n,) of (n, L) probabilities, 1 for the uniform distribution."""
    return -(log_probabilities.exp() * log_probabilities).sum(1) / math.log(log_probabilities.shape[1])
