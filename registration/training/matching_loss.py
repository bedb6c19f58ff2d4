"""Features and a known field become a loss: cross-entropy over the labels of the matcher's own cost volume."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.correspondences.cost_volume import Labels, cost_volume
from registration.sampling import ChannelMap


@dataclass(frozen=True)
class Scale:
    """How one map is asked to match: the labels, how far from the truth the search starts (label steps), its share."""

    labels: Labels
    start_error: int
    weight: float


SCALES = (
    Scale(Labels(2.0, 4, 1), 3, 1.0),
    Scale(Labels(4.0, 6, 1), 5, 1.0),
    Scale(Labels(8.0, 3, 1), 2, 0.5),
    Scale(Labels(16.0, 2, 0), 1, 0.25),
    Scale(Labels(32.0, 1, 0), 1, 0.25),
)
"""For maps of 2, 4, 8, 16 and 32 mm: what the matcher searches with the first two, and as much for the coarser ones."""


def matching_loss(
    fixed: ChannelMap, moving: ChannelMap, points: Tensor, truth: Tensor, scale: Scale, sharpness: Tensor, start: Tensor
) -> Tensor:
    """Cross-entropy (N,) between softmax(-sharpness * cost) and a soft label around the truth, in units of log(labels).

    points (N, 3) mm, truth (N, 3) mm, start (N, 3): where the search begins off the truth, from -1 to 1.
    """
    labels = scale.labels
    offset = start * scale.start_error * labels.step_mm
    costs, base = cost_volume(fixed, moving, points, truth + offset, labels)
    distance = (truth - base)[:, None] - labels.offsets()  # (N, L, 3) mm
    target = torch.softmax(-3.0 * (distance / labels.step_mm).square().sum(2), 1)
    entropy = -(target * F.log_softmax(-sharpness * costs, 1)).sum(1)
    return entropy / math.log(costs.shape[1])


def matching_error(costs: Tensor, base: Tensor, labels: Labels, truth: Tensor) -> Tensor:
    """Distance (N,) mm between the best label's displacement and the truth."""
    error: Tensor = torch.linalg.vector_norm(base + labels.offsets()[costs.argmin(1)] - truth, dim=1)
    return error
