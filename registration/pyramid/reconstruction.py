"""Matches at the keypoints become a field on a lattice: the three ways that the paper's ablation compares."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from registration.correspondences.graph import nearest
from registration.kernel.dual_stream import DualStreamKernel
from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap

CHUNK = 8192
"""Queries at once: about 100 MB with 1024 keypoints; in training they are computed once more instead of kept."""


@dataclass(frozen=True)
class Sparse:
    """Keypoints (N, 3) mm, their features (N, C) and the displacements (N, 3) mm that are to be spread."""

    points: Tensor
    features: Tensor
    displacement: Tensor


class KernelReconstruction(nn.Module):
    """The dual-stream kernel over the K nearest keypoints, one for all scales."""

    def __init__(self, config: PyramidConfig, channels: int) -> None:
        super().__init__()
        learned = config.proximity == "learned length"
        self.kernel = DualStreamKernel(channels, streams=config.streams, learned_length=learned)
        self.neighbours, self.channels = config.neighbours, channels

    def forward(self, features: LatticeMap, sparse: Sparse) -> tuple[Tensor, Tensor]:
        """Displacement (V, 3) mm and standard deviation of the attention scores (V,) at the nodes of a feature map."""
        middle = 0.5 * (features.size - 1) * features.step_mm
        nodes, vectors = features.points(), self._filled(features.vectors())
        keys = (sparse.points - middle, self._filled(sparse.features), sparse.displacement)
        parts = []
        for part in torch.split(torch.arange(len(nodes), device=nodes.device), CHUNK):
            index = nearest(nodes[part], sparse.points, self.neighbours)[0]
            parts.append(self._part(nodes[part] - middle, vectors[part], *keys, index))
        displacement, deviation = zip(*parts, strict=True)
        return torch.cat(displacement), torch.cat(deviation)

    def _part(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        if not torch.is_grad_enabled():
            return self._spread(*inputs)
        answer: tuple[Tensor, Tensor] = checkpoint(self._spread, *inputs, use_reentrant=False)
        return answer

    def _spread(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        displacement, _, scores = self.kernel(*inputs)
        return displacement, scores.std(1, correction=0)

    def _filled(self, features: Tensor) -> Tensor:
        """Features (..., C) of a scale with fewer channels than the widest, filled up with zeros."""
        return nn.functional.pad(features, (0, self.channels - features.shape[-1]))
