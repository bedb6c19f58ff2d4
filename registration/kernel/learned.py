"""The learned kernel at work: key features once per key set, then weights and displacements for any queries."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel
from registration.kernel.keys import Keys, Spread
from registration.kernel.residuals import COUNT, residual_features

STATISTICS = 36
KEY_FEATURES = COUNT + STATISTICS + 1
"""Residuals, the matcher's statistics, and whether there are any."""
CHUNK = 8192


@dataclass(frozen=True)
class LearnedKernel:
    """An `AttentionKernel` over the K nearest keys (K = 30, the paper's)."""

    network: AttentionKernel
    neighbours: int = 30

    @torch.no_grad()
    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm. Memory: about 40 MB per 8192 queries."""
        logits = self.network.key_logits(key_features(keys))
        index, distance = nearest(queries, keys.points, self.neighbours)
        return Spread.joined(
            [
                self._part(queries[p], keys, logits, index[p], distance[p])
                for p in torch.split(torch.arange(len(queries)), CHUNK)
            ]
        )

    def _part(self, queries: Tensor, keys: Keys, logits: Tensor, index: Tensor, distance: Tensor) -> Spread:
        around = keys.displacement[index]
        offset = keys.points[index] - queries[:, None]
        displacement, weights, scores = self.network(offset, around, logits[index])
        deviation = (around - displacement[:, None]).norm(dim=2)
        support = (weights * keys.confidence[index]).sum(1)
        return Spread(displacement, (weights * deviation).sum(1), support, distance[:, 0], scores.std(1, correction=0))


def key_features(keys: Keys) -> Tensor:
    """Features (N, 50) of keys. Keys without statistics get their mean (zeros after standardising) and presence 0."""
    residuals = residual_features(keys.points, keys.displacement)
    present = keys.statistics.shape[1] == STATISTICS
    statistics = keys.statistics if present else torch.zeros(len(keys), STATISTICS)
    return torch.cat([residuals, statistics, torch.full((len(keys), 1), float(present))], 1)
