"""The hand-made kernel: two Gaussians, wide then narrow on what the wide one leaves. Used when no weights are there.

The paper's coarse-to-fine in one line, `d = K_wide(v) + K_narrow(v - K_wide(v))`, the match confidence as log weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.keys import Keys, Spread

CHUNK = 16_384
"""Queries at once: about 30 MB."""


@dataclass(frozen=True)
class TwoScaleGaussian:
    """Widths in mm; K nearest keys (measured: 12 then 6 mm, 30 keys, against one Gaussian of 8: 5 % less TRE)."""

    wide_mm: float = 12.0
    narrow_mm: float = 6.0
    neighbours: int = 30

    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm. Memory: the answers, and about 2 kB for each of CHUNK queries."""
        doubt = keys.confidence.log()
        index, distance = nearest(keys.points, keys.points, self.neighbours)
        wide = torch.softmax(_logits(distance, doubt[index], self.wide_mm), 1)
        rest = keys.displacement - _mean(wide, keys.displacement[index])
        table = torch.cat([keys.displacement, rest, keys.confidence[:, None], doubt[:, None]], 1)
        return Spread.joined([self._part(part, keys.points, table) for part in torch.split(queries, CHUNK)])

    def _part(self, queries: Tensor, points: Tensor, table: Tensor) -> Spread:
        """table (N, 8): displacement, what the wide Gaussian leaves of it, confidence and its log, of each key.

        One table, because looking up is what takes the time.
        """
        index, distance = nearest(queries, points, self.neighbours)
        around = table.index_select(0, index.reshape(-1)).reshape(*index.shape, -1)  # (Q, K, 8)
        displacement, rest, confidence, doubt = around[..., :3], around[..., 3:6], around[..., 6], around[..., 7]
        wide, narrow = (_logits(distance, doubt, width) for width in (self.wide_mm, self.narrow_mm))
        weights = torch.softmax(narrow, 1)
        total = _mean(torch.softmax(wide, 1), displacement) + _mean(weights, rest)
        deviation = (displacement - total[:, None]).norm(dim=2)
        support = (weights * confidence).sum(1)
        return Spread(total, (weights * deviation).sum(1), support, distance[:, 0], narrow.std(1, correction=0))


def _logits(distance: Tensor, log_confidence: Tensor, width_mm: float) -> Tensor:
    """Logarithm (Q, K) of the weights: a Gaussian of the distance times the key's confidence."""
    return -0.5 * (distance / width_mm) ** 2 + log_confidence


def _mean(weights: Tensor, values: Tensor) -> Tensor:
    """Weighted sums (Q, C) of values (Q, K, C)."""
    return torch.bmm(weights[:, None], values)[:, 0]
