"""Two images and keypoints become the displacement field, five scales coarse to fine, differentiable end to end.

At every scale the field so far warps the moving features, the keypoints are matched, the matches are spread over the
scale's lattice, and the fields are composed: `d <- d_s(x) + d_before(x + d_s(x))`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from registration.correspondences.graph import nearest
from registration.features.encoder import CONFIGS, Encoder
from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap, composed, still
from registration.pyramid.matching import GRAPH_NEIGHBOURS, KeypointMatcher, ScaleMatches
from registration.pyramid.reconstruction import KernelReconstruction, Sparse


@dataclass(frozen=True)
class PyramidOutput:
    """One registration, in the fixed image's own axes and mm.

    displacements: one map (1, 3, d, h, w) per scale, coarse to fine, each the whole field so far on every
    `config.strides[i]`-th voxel, components (x, y, z). attention_std (1, 1, d, h, w): standard deviation of the
    attention scores on the finest lattice, zero where no kernel was at work. matches: of the N points, by scale.
    """

    displacements: tuple[Tensor, ...]
    attention_std: Tensor
    matches: tuple[ScaleMatches, ...]


class PyramidNetwork(nn.Module):
    """The paper's network: encoder F, matcher, and one reconstruction shared by all scales."""

    def __init__(self, config: PyramidConfig) -> None:
        super().__init__()
        sizes = CONFIGS[config.encoder]
        self.config = config
        self.encoder = Encoder(sizes)
        self.matcher = KeypointMatcher(config.searches[: config.scales])
        self.reconstruction = KernelReconstruction(config, max(sizes.channels[: config.scales]))

    def forward(
        self, fixed: Tensor, moving: Tensor, points: Tensor, spacing_mm: float | tuple[float, float, float]
    ) -> PyramidOutput:
        """The field from `fixed` to `moving`: both (1, 1, D, H, W) in [0, 1] on one grid of `spacing_mm` (x, y, z).

        points: keypoints (N, 3) mm from the centre of the first voxel, (x, y, z) along the grid's own axes. Under
        autocast only the encoder runs in half precision; millimetres need all of single precision.
        """
        spacing = torch.as_tensor(spacing_mm, dtype=points.dtype, device=points.device).expand(3)
        here, there = (self._features(image, spacing) for image in (fixed, moving))
        with torch.autocast(points.device.type, enabled=False):
            return self._coarse_to_fine(here, there, points)

    def _features(self, image: Tensor, spacing: Tensor) -> list[LatticeMap]:
        """Maps of unit vectors, fine to coarse."""
        maps = self.encoder(image)[: self.config.scales]
        return [LatticeMap(m.float(), (1 << scale) * spacing) for scale, m in enumerate(maps)]

    def _coarse_to_fine(self, here: list[LatticeMap], there: list[LatticeMap], points: Tensor) -> PyramidOutput:
        graph = nearest(points, points, GRAPH_NEIGHBOURS)
        field, fields, matches = still(here[0].step_mm), [], []
        for scale in reversed(range(self.config.scales)):
            found = self.matcher(scale, (here[scale], there[scale]), field, points, graph)
            nodes = here[scale].every(max(1, self.config.finest_stride >> scale))
            residual, deviation = self.reconstruction(nodes, Sparse(points, here[scale].at(points), found.residual))
            field = composed(nodes.with_vectors(residual), field)
            fields.append(field.values)
            matches.append(found)
        return PyramidOutput(tuple(fields), nodes.with_vectors(deviation[:, None]).values, tuple(matches))
