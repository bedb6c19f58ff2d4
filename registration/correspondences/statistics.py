"""What the matcher knows about each match: the numbers by which the kernel tells good keys from bad ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from registration.correspondences.selection import SHARPNESS, Selection

PER_LEVEL = 11
"""Statistics of one matching level, in the order of `level_statistics`."""


def level_statistics(costs: Tensor, selection: Selection, start: Tensor, offsets: Tensor, step_mm: float) -> Tensor:
    """Eleven numbers (N, 11) per keypoint of one level, dimensionless and of order one.

    Minimum, mean and spread of the cost; entropies of its soft minimum without and with regularisation; spread of the
    regularised soft minimum in label steps; height of the second minimum and of the selected label; distance of the
    selected label from the plain minimum and from the start; whether it lies on the border of the search.
    costs (N, L); start (N, 3) mm; offsets (L, 3) mm.
    """
    least, plain = costs.min(1)
    raw, regular = (torch.softmax(-SHARPNESS * c, 1) for c in (costs, selection.regularised))
    mean_offset = regular @ offsets
    variance = (regular @ offsets.square().sum(1) - mean_offset.square().sum(1)).clamp_min(0)
    selected = selection.regularised.argmin(1)
    far = (offsets[None] - offsets[plain][:, None]).abs().amax(2) >= 1.99 * step_mm
    second = torch.where(far, costs, torch.inf).amin(1)
    border = offsets[selected].abs().amax(1) >= offsets.abs().max() - 0.01 * step_mm
    return torch.stack(
        [
            10 * least,
            10 * costs.mean(1),
            10 * costs.std(1),
            _entropy(raw),
            _entropy(regular),
            variance.sqrt() / step_mm,
            torch.log1p(100 * (second - least)),
            torch.log1p(100 * (costs.gather(1, selected[:, None])[:, 0] - least)),
            torch.log1p((offsets[plain] - offsets[selected]).norm(dim=1) / step_mm),
            torch.log1p((selection.displacement - start).norm(dim=1) / step_mm),
            border.float(),
        ],
        1,
    )


def _entropy(probabilities: Tensor) -> Tensor:
    """Entropy (N,) of (N, L) probabilities, 1 for the uniform distribution."""
    return -(probabilities * probabilities.clamp_min(1e-12).log()).sum(1) / math.log(probabilities.shape[1])
