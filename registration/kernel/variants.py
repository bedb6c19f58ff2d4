"""Simpler kernels than those that register, one difference each: what ablations and benchmarks compare with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel
from registration.kernel.gaussian import CHUNK
from registration.kernel.keys import Keys, Spread
from registration.kernel.learned import KEY_FEATURES, LearnedKernel
from registration.model import Kernel


@dataclass(frozen=True)
class SingleGaussian:
    """One normalised Gaussian of `width_mm` over the nearest keys, their confidence as weight."""

    width_mm: float
    neighbours: int = 30

    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm, `CHUNK` at a time."""
        return Spread.joined([self._part(part, keys) for part in torch.split(queries, CHUNK)])

    def _part(self, queries: Tensor, keys: Keys) -> Spread:
        index, distance = nearest(queries, keys.points, self.neighbours)
        scores = -0.5 * (distance / self.width_mm).square() + keys.confidence[index].log()
        weights, around = torch.softmax(scores, 1), keys.displacement[index]
        displacement = (weights[..., None] * around).sum(1)
        deviation = (around - displacement[:, None]).norm(dim=2)
        support = (weights * keys.confidence[index]).sum(1)
        return Spread(displacement, (weights * deviation).sum(1), support, distance[:, 0], scores.std(1, correction=0))


@dataclass(frozen=True)
class WithoutStatistics:
    """A kernel that is not told what the matcher knows about its keys, as with correspondences from elsewhere."""

    kernel: Kernel

    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm."""
        bare = Keys(keys.points, keys.displacement, keys.confidence, torch.zeros(len(keys), 0))
        return self.kernel.spread(queries, bare)


class ConstantAttention(AttentionKernel):
    """The same weights with the plain sum of Eq. 1 in the local-linear one's place: `d(x) = sum_y w(x, y) d(y)`."""

    def forward(
        self, offset: Tensor, displacement: Tensor, rest: Tensor, logits: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `AttentionKernel.forward`."""
        _, weights, scores = super().forward(offset, displacement, rest, logits)
        return (weights.unsqueeze(2) * displacement).sum(1), weights, scores


def constant(kernel: LearnedKernel) -> LearnedKernel:
    """The kernel with its trained weights, summing displacements only."""
    network = ConstantAttention(KEY_FEATURES)
    network.load_state_dict(kernel.network.state_dict())
    return LearnedKernel(network.eval(), kernel.gaussians)
