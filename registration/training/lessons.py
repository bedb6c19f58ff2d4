"""Cases become lessons: what one step of kernel training sees, and how the features are standardised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import STATISTICS
from registration.training.kernel_cases import KernelCase
from registration.training.kernel_loss import Lesson

GOOD_MM = 3.0
QUERIES = 384
DROPPED_SHARE = 1 / 3


def lesson_from_case(case: KernelCase, rng: np.random.Generator) -> Lesson:
    """A draw of queries; in a third of the draws the keys come without statistics, as those of files and clicks do."""
    error = (case.displacement - case.truth).norm(dim=1)
    good = torch.where(case.known, (error < GOOD_MM).float(), torch.nan)
    features = case.features
    if rng.uniform() < DROPPED_SHARE:
        features = torch.cat([features[:, : -STATISTICS - 1], torch.zeros(len(features), STATISTICS + 1)], 1)
    chosen = torch.from_numpy(rng.integers(0, len(case.queries), QUERIES))
    return Lesson(case.points, case.displacement, features, good, case.queries[chosen], case.wanted[chosen])


def standardise(network: AttentionKernel, features: Sequence[Tensor]) -> None:
    """Set the network's feature mean and scale from examples (N, F); whether there are statistics counts as +-1."""
    everything = torch.cat(list(features))
    mean, deviation = everything.mean(0), everything.std(0).clamp_min(1e-2)
    mean[-1] = deviation[-1] = 0.5
    network.feature_mean.copy_(mean)
    network.feature_scale.copy_(deviation)
