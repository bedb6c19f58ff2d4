"""A kernel and a lesson become a loss: how far off the field is, how rough, and whether bad keys are told from good."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel

PLACE_MM, STEP_MM = 12.0, 6.0  # errors beyond these count ever less
SMOOTHNESS_WEIGHT, RELIABILITY_WEIGHT = 0.5, 0.05


@dataclass(frozen=True)
class Lesson:
    """One step's material: keys (N, 3) mm with features (N, F), queries and partners (Q, P, 3) mm, the wanted answers.

    good: (N,) in [0, 1] or nan where nobody knows, the key's displacement is right.
    """

    points: Tensor
    displacement: Tensor
    features: Tensor
    good: Tensor
    queries: Tensor
    wanted: Tensor


def kernel_loss(network: AttentionKernel, lesson: Lesson, neighbours: int) -> Tensor:
    """Mean bounded error + 0.5 x that of the differences to the partners + 0.05 x cross-entropy of the reliability."""
    logits = network.key_logits(lesson.features)
    flat = lesson.queries.reshape(-1, 3)
    index, _ = nearest(flat, lesson.points, neighbours)
    offset = lesson.points[index] - flat[:, None]
    found, _, _ = network(offset, lesson.displacement[index], logits[index])
    error = found.reshape(lesson.wanted.shape) - lesson.wanted  # (Q, P, 3) mm
    place = bounded(error.norm(dim=2), PLACE_MM).mean()
    steps = bounded((error[:, 1:] - error[:, :1]).norm(dim=2), STEP_MM).mean()
    return place + SMOOTHNESS_WEIGHT * steps + RELIABILITY_WEIGHT * reliability_loss(logits, lesson.good)


def reliability_loss(logits: Tensor, good: Tensor) -> Tensor:
    """Cross-entropy between the keys' reliability, relative to their mean, and what is known of them."""
    known = torch.isfinite(good)
    if not known.any():
        return logits.new_zeros(())
    return F.binary_cross_entropy_with_logits((logits - logits.mean() + 1.0)[known], good[known])


def bounded(error: Tensor, scale: float) -> Tensor:
    """e / (1 + e / scale): the error itself when small, never more than `scale`."""
    return error / (1 + error / scale)
