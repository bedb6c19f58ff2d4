"""What the matcher knows about each match: the numbers by which the kernel tells good keys from bad ones.

TorchScript as well: a model server runs these very lines.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from registration.correspondences import settings
from registration.correspondences.cost_volume import raster
from registration.correspondences.selection import Selection

PER_LEVEL = 11
"""Statistics of one matching level, in the order of `level_statistics`."""


def level_statistics(costs: Tensor, selection: Selection, start: Tensor, offsets: Tensor, step_mm: float) -> Tensor:
    """Eleven numbers (N, 11) per keypoint of one level, dimensionless and of order one.

    Minimum, mean and spread of the cost; entropies of its soft minimum without and with regularisation; spread of the
    regularised soft minimum in label steps; height of the second minimum and of the selected label; distance of the
    selected label from the plain minimum and from the start; whether it lies on the border of the search.
    costs (N, L); start (N, 3) mm; offsets (L, 3) mm, a cube in raster order.
    """
    rows = max(1, settings.VALUES // costs.shape[1])
    near = _neighbours(int(len(offsets) ** (1 / 3) + 0.5)).to(costs.device)
    moved = torch.linalg.vector_norm(selection.displacement - start, dim=1)
    found: list[Tensor] = []
    for i in range(0, len(costs), rows):
        regularised = selection.regularised[i : i + rows]
        found.append(_statistics(costs[i : i + rows], regularised, moved[i : i + rows], offsets, near, step_mm))
    return torch.cat(found)


def _statistics(
    costs: Tensor, regularised: Tensor, moved: Tensor, offsets: Tensor, near: Tensor, step_mm: float
) -> Tensor:
    """The numbers (n, 11) of some keypoints. moved (n,) mm from the start; near (L, 27): the labels around each."""
    least, plain = costs.min(1)
    selected = regularised.argmin(1)
    raw, regular = _log_probability(costs), _log_probability(regularised)
    moments = regular.exp() @ torch.cat([offsets, offsets.square().sum(1, keepdim=True)], 1)
    variance = (moments[:, 3] - moments[:, :3].square().sum(1)).clamp_min(0)
    second = costs.scatter(1, near[plain], math.inf).amin(1)
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
            torch.log1p(torch.linalg.vector_norm(offsets[plain] - offsets[selected], dim=1) / step_mm),
            torch.log1p(moved / step_mm),
            border.float(),
        ],
        1,
    )


def _log_probability(costs: Tensor) -> Tensor:
    """Logarithms (n, L) of the soft minimum of (n, L) costs."""
    return torch.log_softmax(-settings.SHARPNESS * costs, 1).clamp_min(settings.NOTHING)


def _spread(costs: Tensor) -> Tensor:
    """Standard deviation (n,) of (n, L) costs; torch's own takes thirty times as long."""
    away = costs - costs.mean(1, keepdim=True)
    return (away.square().sum(1) / (costs.shape[1] - 1)).sqrt()


def _neighbours(side: int) -> Tensor:
    """The labels (side^3, 27) within one step of each label of a cube in raster order, itself among them."""
    place = raster(torch.arange(side))[:, None] + raster(torch.arange(-1, 2))
    return (place.clamp(0, side - 1) * torch.tensor([side * side, side, 1])).sum(2)


def _entropy(log_probabilities: Tensor) -> Tensor:
    """Entropy (n,) of (n, L) probabilities, 1 for the uniform distribution."""
    return -(log_probabilities.exp() * log_probabilities).sum(1) / math.log(log_probabilities.shape[1])
