"""Features and a known field become a loss: cross-entropy over the labels of the matcher's own cost volume."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.correspondences.cost_volume import Labels


@dataclass(frozen=True)
class Scale:
    """How one map is asked to match: the labels, how far from the truth the search starts (label steps), its share."""

    labels: Labels
    start_error: int
    weight: float


SCALES = (
    Scale(Labels(2.0, 4, 2), 3, 1.0),
    Scale(Labels(4.0, 6, 1), 5, 1.0),
    Scale(Labels(8.0, 3, 1), 2, 0.5),
    Scale(Labels(16.0, 2, 0), 1, 0.25),
    Scale(Labels(32.0, 1, 0), 1, 0.25),
)
"""For maps of 2, 4, 8, 16 and 32 mm: what the matcher searches with the first two, and as much for the coarser ones."""


def matching_loss(energy: Tensor, base: Tensor, truth: Tensor, labels: Labels) -> Tensor:
    """Cross-entropy (N,) between softmax(-energy) and a soft label around the truth, in units of log(labels).

    energy (N, L): costs times sharpness; base (N, 3) mm of the middle label, truth (N, 3) mm.
    """
    distance = (truth - base)[:, None] - labels.offsets()  # (N, L, 3) mm
    target = torch.softmax(-3.0 * (distance / labels.step_mm).square().sum(2), 1)
    entropy = -(target * F.log_softmax(-energy, 1)).sum(1)
    return entropy / math.log(energy.shape[1])


def matching_error(costs: Tensor, base: Tensor, labels: Labels, truth: Tensor) -> Tensor:
    """Distance (N,) mm between the best label's displacement and the truth."""
    error: Tensor = torch.linalg.vector_norm(base + labels.offsets()[costs.argmin(1)] - truth, dim=1)
    return error
