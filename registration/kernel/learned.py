"""The learned kernel at work: what each key brings once per key set, then weights and displacements for any queries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys, Spread
from registration.kernel.residuals import COUNT, residual_features
from registration.kernel.trend import Trend, robust_trend

STATISTICS = 36
KEY_FEATURES = COUNT + STATISTICS + 2
"""Residuals, the matcher's statistics, whether there are any, and the logarithm of the confidence."""
CHUNK = 8192
HANDMADE = TwoScaleGaussian(neighbours=60)
"""The hand-made kernel with twice its neighbours: the last weigh nothing, so it does not jump where they change."""


@dataclass(frozen=True)
class LearnedKernel:
    """An `AttentionKernel` over the K nearest keys (K = 30, the paper's), on what their common motion leaves.

    gaussians: the share of the hand-made kernel's answer in the whole; what the two get wrong differs.
    """

    network: AttentionKernel
    gaussians: float = 0.0

    @torch.no_grad()
    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm. Memory: about 40 MB per 8192 queries."""
        own, trend = without_trend(keys)
        logits = self.network.reliability(key_features(own))
        rest = unexplained(self.network, own.points, own.displacement, logits)
        found = Spread.joined([self._part(part, own, rest, logits) for part in torch.split(queries, CHUNK)])
        displacement = found.displacement
        if self.gaussians > 0:
            displacement = displacement.lerp(HANDMADE.spread(queries, own).displacement, self.gaussians)
        return replace(found, displacement=displacement + trend.at(queries))

    def _part(self, queries: Tensor, keys: Keys, rest: Tensor, logits: Tensor) -> Spread:
        index, distance = nearest(queries, keys.points, self.network.neighbours + 1)
        around, offset = keys.displacement[index], keys.points[index] - queries[:, None]
        displacement, weights, scores = self.network(offset, around, rest[index], logits[index])
        deviation = (around - displacement[:, None]).norm(dim=2)
        support = (weights * keys.confidence[index]).sum(1)
        return Spread(displacement, (weights * deviation).sum(1), support, distance[:, 0], scores.std(1, correction=0))


@torch.no_grad()
def unexplained(network: AttentionKernel, points: Tensor, displacement: Tensor, logits: Tensor) -> Tensor:
    """What the kernel's first scale leaves (N, 3) mm of the displacements (N, 3) mm of keys (N, 3) mm."""
    parts = []
    for queries, own in zip(torch.split(points, CHUNK), torch.split(displacement, CHUNK), strict=True):
        index, _ = nearest(queries, points, network.neighbours + 1)
        around = displacement[index]
        found, _, _ = network(points[index] - queries[:, None], around, torch.zeros_like(around), logits[index])
        parts.append(own - found)
    return torch.cat(parts)


def without_trend(keys: Keys) -> tuple[Keys, Trend]:
    """The keys with what their common motion leaves of their displacements, and that motion."""
    trend = robust_trend(keys.points, keys.displacement, keys.confidence)
    return replace(keys, displacement=keys.displacement - trend.at(keys.points)), trend


def key_features(keys: Keys) -> Tensor:
    """Features (N, 51) of keys. Keys without statistics get zeros and presence 0."""
    residuals = residual_features(keys.points, keys.displacement)
    present = keys.statistics.shape[1] == STATISTICS
    statistics = keys.statistics if present else torch.zeros(len(keys), STATISTICS)
    presence = torch.full((len(keys), 1), float(present))
    return torch.cat([residuals, statistics, presence, keys.confidence[:, None].log()], 1)
