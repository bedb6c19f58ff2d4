"""Cases become lessons: what one step of kernel training sees, and how the features are standardised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from registration.kernel.attention import AttentionKernel
from registration.kernel.keys import Keys
from registration.kernel.learned import key_features, without_trend
from registration.training.further_motion import Motion, random_slide, random_waves
from registration.training.kernel_cases import KernelCase
from registration.training.kernel_loss import Lesson

GOOD_MM = 3.0
QUERIES = 256
DROPPED_SHARE, SLIDING_SHARE, WAVING_SHARE = 1 / 3, 0.7, 0.6
UNTRUSTED_SHARE = 0.5
"""Of the lessons without statistics, those without confidence too."""


def lesson_from_case(case: KernelCase, rng: np.random.Generator) -> Lesson:
    """A draw of queries, mostly under a further motion, with statistics as another scanner might have given them."""
    error = (case.displacement - case.truth).norm(dim=1)
    good = torch.where(case.known, (error < GOOD_MM).float(), torch.nan)
    chosen = torch.from_numpy(rng.integers(0, len(case.queries), QUERIES))
    motion = _further_motion(case.points, rng)
    keys = replace(case.keys, displacement=case.displacement + motion(case.points))
    queries, wanted = case.queries[chosen], case.wanted[chosen]
    return lesson(_less_known(keys, rng), good, queries, wanted + motion(queries))


def _further_motion(points: Tensor, rng: np.random.Generator) -> Motion:
    """What joins keys and truth alike: mostly a slide, mostly waves."""
    slide = random_slide(points.mean(0), float(points.std(0).mean()) * 2, rng)
    waves = random_waves(rng)
    share, height = float(rng.uniform() < SLIDING_SHARE), float(rng.uniform() < WAVING_SHARE)
    return lambda p: share * slide(p) + height * waves(p)


def lesson(keys: Keys, good: Tensor, queries: Tensor, wanted: Tensor) -> Lesson:
    """Keys, queries (Q, P, 3) mm and the wanted displacements (Q, P, 3) mm, with what the kernel sees of them."""
    rest, trend = without_trend(keys)
    key_trend = keys.displacement - rest.displacement
    return Lesson(
        keys.points, keys.displacement, key_features(rest), good, queries, wanted, key_trend, trend.at(queries)
    )


def _less_known(keys: Keys, rng: np.random.Generator) -> Keys:
    """Keys without statistics in a third of the draws, half of these of equal confidence; else with altered ones."""
    if rng.uniform() >= DROPPED_SHARE:
        return replace(keys, statistics=_other_statistics(keys.statistics, rng))
    trusted = keys.confidence if rng.uniform() >= UNTRUSTED_SHARE else torch.ones_like(keys.confidence)
    return replace(keys, statistics=keys.statistics[:, :0], confidence=trusted)


def _other_statistics(values: Tensor, rng: np.random.Generator) -> Tensor:
    """Statistics (N, S), each one shifted and stretched, some of them flat."""
    mean, deviation, count = values.mean(0), values.std(0), values.shape[1]
    stretch = torch.from_numpy(rng.uniform(0.7, 1.4, count) * (rng.uniform(size=count) > 0.15)).float()
    shift = torch.from_numpy(rng.normal(size=count) * 0.7).float()
    return mean + deviation * shift + stretch * (values - mean)


def standardise(network: AttentionKernel, features: Sequence[Tensor]) -> None:
    """Set the network's feature mean and scale from examples (N, F); whether there are statistics counts as +-1."""
    everything = torch.cat(list(features))[:, :-1]
    mean, deviation = everything.mean(0), everything.std(0).clamp_min(1e-2)
    mean[-1] = deviation[-1] = 0.5
    network.reliability.mean.copy_(mean)
    network.reliability.scale.copy_(deviation)
