"""The thin-plate spline: what the paper's ablation puts in the kernel's place. Smooth everywhere, linear far away.

Minimises sum_y |u(y) - d(y)|^2 + lambda * bending energy of u; in three dimensions its basis is |x - y|.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.interpolate import RBFInterpolator
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.keys import Keys, Spread

WITNESSES = 30
CHUNK = 65_536


@dataclass(frozen=True)
class ThinPlateSpline:
    """smoothing: lambda in mm; 0 passes through every key, the distance between keys averages over a few of them."""

    smoothing: float

    @torch.no_grad()
    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm. At least 4 keys, not in one plane. Memory and time grow with N^2."""
        spline = RBFInterpolator(
            keys.points.cpu().double().numpy(),
            keys.displacement.cpu().double().numpy(),
            smoothing=self.smoothing,
            kernel="linear",
            degree=1,
        )
        return Spread.joined([self._part(spline, part, keys) for part in torch.split(queries, CHUNK)])

    def _part(self, spline: RBFInterpolator, queries: Tensor, keys: Keys) -> Spread:
        displacement = torch.from_numpy(spline(queries.cpu().double().numpy())).to(queries)
        index, distance = nearest(queries, keys.points, WITNESSES)
        disagreement = (keys.displacement[index] - displacement[:, None]).norm(dim=2).mean(1)
        support = keys.confidence[index].mean(1)
        return Spread(displacement, disagreement, support, distance[:, 0], torch.zeros_like(support))
