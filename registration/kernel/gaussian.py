"""The hand-made kernel: two Gaussians, wide then narrow on what the wide one leaves. Used when no weights are there.

The paper's coarse-to-fine in one line, `d = K_wide(v) + K_narrow(v - K_wide(v))`, the match confidence as log weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.keys import Keys, Spread


@dataclass(frozen=True)
class TwoScaleGaussian:
    """Widths in mm; K nearest keys (measured: 12 then 6 mm, 30 keys, against one Gaussian of 8: 5 % less TRE)."""

    wide_mm: float = 12.0
    narrow_mm: float = 6.0
    neighbours: int = 30

    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm."""
        wide_at_keys, _ = self._weighted(keys.points, keys, keys.displacement, self.wide_mm)
        wide, _ = self._weighted(queries, keys, keys.displacement, self.wide_mm)
        rest, (index, distance, weights, logits) = self._weighted(
            queries, keys, keys.displacement - wide_at_keys, self.narrow_mm
        )
        total = wide + rest
        deviation = (keys.displacement[index] - total[:, None]).norm(dim=2)
        return Spread(
            total,
            (weights * deviation).sum(1),
            (weights * keys.confidence[index]).sum(1),
            distance[:, 0],
            logits.std(1, correction=0),
        )

    def _weighted(
        self, queries: Tensor, keys: Keys, values: Tensor, width_mm: float
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
        index, distance = nearest(queries, keys.points, self.neighbours)
        logits = -0.5 * (distance / width_mm) ** 2 + keys.confidence[index].log()
        weights = torch.softmax(logits, 1)
        return (weights[..., None] * values[index]).sum(1), (index, distance, weights, logits)
