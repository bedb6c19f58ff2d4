"""Cases become lessons: what one step of kernel training sees, and how the features are standardised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from registration.kernel.attention import AttentionKernel
from registration.kernel.residuals import COUNT as RESIDUALS
from registration.kernel.residuals import residual_features
from registration.training.further_motion import random_slide
from registration.training.kernel_cases import KernelCase
from registration.training.kernel_loss import Lesson

GOOD_MM = 3.0
QUERIES = 384
DROPPED_SHARE, MOVED_SHARE = 1 / 3, 0.7


def lesson_from_case(case: KernelCase, rng: np.random.Generator) -> Lesson:
    """A draw of queries, mostly under a further motion, with statistics as another scanner might have given them."""
    error = (case.displacement - case.truth).norm(dim=1)
    good = torch.where(case.known, (error < GOOD_MM).float(), torch.nan)
    chosen = torch.from_numpy(rng.integers(0, len(case.queries), QUERIES))
    queries, wanted, displacement = case.queries[chosen], case.wanted[chosen], case.displacement
    residuals = case.features[:, :RESIDUALS]
    if rng.uniform() < MOVED_SHARE:
        field = random_slide(case.points.mean(0), float(case.points.std(0).mean()) * 2, rng)
        displacement, wanted = displacement + field(case.points), wanted + field(queries)
        residuals = residual_features(case.points, displacement)
    features = torch.cat([residuals, _other_statistics(case.features[:, RESIDUALS:], rng)], 1)
    return Lesson(case.points, displacement, features, good, queries, wanted)


def _other_statistics(statistics: Tensor, rng: np.random.Generator) -> Tensor:
    """Statistics and their presence (N, S + 1): none in a third of the draws, else each one shifted and stretched."""
    if rng.uniform() < DROPPED_SHARE:
        return torch.zeros_like(statistics)
    values, presence = statistics[:, :-1], statistics[:, -1:]
    mean, deviation = values.mean(0), values.std(0)
    stretch = torch.from_numpy(
        rng.uniform(0.7, 1.4, values.shape[1]) * (rng.uniform(size=values.shape[1]) > 0.15)
    ).float()
    shift = torch.from_numpy(rng.normal(size=values.shape[1]) * 0.7).float()
    return torch.cat([mean + deviation * shift + stretch * (values - mean), presence], 1)


def standardise(network: AttentionKernel, features: Sequence[Tensor]) -> None:
    """Set the network's feature mean and scale from examples (N, F); whether there are statistics counts as +-1."""
    everything = torch.cat(list(features))
    mean, deviation = everything.mean(0), everything.std(0).clamp_min(1e-2)
    mean[-1] = deviation[-1] = 0.5
    network.feature_mean.copy_(mean)
    network.feature_scale.copy_(deviation)
