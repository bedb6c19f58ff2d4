"""A kernel and a lesson become a loss: how far off the field is, how rough, and whether bad keys are told from good."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import unexplained
from registration.training.folding import STENCIL, folding

PLACE_MM, STEP_MM = 12.0, 6.0  # errors beyond these count ever less
SMOOTHNESS_WEIGHT, RELIABILITY_WEIGHT, FOLDING_WEIGHT = 0.5, 0.05, 1.0


@dataclass(frozen=True)
class Lesson:
    """One step's material: keys (N, 3) mm with features (N, F), queries and partners (Q, P, 3) mm, the wanted answers.

    good: (N,) in [0, 1] or nan where nobody knows, the key's displacement is right. key_trend (N, 3), query_trend
    (Q, P, 3) mm: what the keys' common motion is there; the features are of what it leaves.
    """

    points: Tensor
    displacement: Tensor
    features: Tensor
    good: Tensor
    queries: Tensor
    wanted: Tensor
    key_trend: Tensor
    query_trend: Tensor


def kernel_loss(network: AttentionKernel, lesson: Lesson) -> Tensor:
    """Mean bounded error + 0.5 x that of the differences to the partners + 0.05 x cross-entropy of the reliability.

    Where the partners are a stencil, folds are dear as well: + the mean of `folding`.
    """
    found, logits = answers(network, lesson)
    error = found - lesson.wanted  # (Q, P, 3) mm
    place = bounded(error.norm(dim=2), PLACE_MM).mean()
    steps = bounded((error[:, 1:] - error[:, :1]).norm(dim=2), STEP_MM).mean()
    loss = place + SMOOTHNESS_WEIGHT * steps + RELIABILITY_WEIGHT * reliability_loss(logits, lesson.good)
    if found.shape[1] != STENCIL:
        return loss
    return loss + FOLDING_WEIGHT * folding(lesson.queries, found).mean()


def answers(network: AttentionKernel, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """Displacements (Q, P, 3) mm at the lesson's queries and the keys' logits (N,).

    No gradient passes what the first scale leaves at the keys.
    """
    logits = network.reliability(lesson.features)
    own = lesson.displacement - lesson.key_trend
    rest = unexplained(network, lesson.points, own, logits)
    flat = lesson.queries.reshape(-1, 3)
    index, _ = nearest(flat, lesson.points, network.neighbours + 1)
    offset = lesson.points[index] - flat[:, None]
    found, _, _ = network(offset, own[index], rest[index], logits[index])
    return found.reshape(lesson.wanted.shape) + lesson.query_trend, logits


def reliability_loss(logits: Tensor, good: Tensor) -> Tensor:
    """Cross-entropy between the keys' reliability, relative to their mean, and what is known of them."""
    known = torch.isfinite(good)
    if not known.any():
        return logits.new_zeros(())
    return F.binary_cross_entropy_with_logits((logits - logits.mean() + 1.0)[known], good[known])


def bounded(error: Tensor, scale: float) -> Tensor:
    """e / (1 + e / scale): the error itself when small, never more than `scale`."""
    return error / (1 + error / scale)
