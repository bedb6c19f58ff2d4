"""Two images and keypoints become the displacement field, five scales coarse to fine, differentiable end to end.

At every scale the field so far warps the moving features, the keypoints are matched, the matches are spread over the
scale's lattice, and the fields are composed: `d <- d_s(x) + d_before(x + d_s(x))`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from registration.correspondences.graph import nearest
from registration.features.encoder import CONFIGS, Encoder, FeatureMaps
from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap, composed, still
from registration.pyramid.matching import GRAPH_NEIGHBOURS, KeypointMatcher, ScaleMatches
from registration.pyramid.recomputation import recomputed
from registration.pyramid.reconstruction import (
    KernelReconstruction,
    Residual,
    SirenReconstruction,
    SplineReconstruction,
)
from registration.pyramid.scale import Scale


@dataclass(frozen=True)
class PyramidOutput:
    """One registration, in the fixed image's own axes and mm.

    displacements: one map (1, 3, d, h, w) per scale, coarse to fine, each the whole field so far on every
    `config.strides[i]`-th voxel, components (x, y, z). attention_std (1, 1, d, h, w): standard deviation of the
    attention scores on the finest lattice, zero where no kernel was at work. matches: of the N points, one per scale;
    none for "siren".
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
        self.reconstruction = _reconstruction(config, max(sizes.channels[: config.scales]))

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
        maps: FeatureMaps = recomputed(self.encoder, image)
        return [LatticeMap(m.float(), (1 << level) * spacing) for level, m in enumerate(maps[: self.config.scales])]

    def _coarse_to_fine(self, here: list[LatticeMap], there: list[LatticeMap], points: Tensor) -> PyramidOutput:
        graph = nearest(points, points, GRAPH_NEIGHBOURS)
        field, fields, matches = still(here[0].step_mm), [], []
        for level in reversed(range(self.config.scales)):
            nodes = here[level].every(max(1, self.config.finest_stride >> level))
            scale = Scale(here[level], there[level], nodes, field)
            (residual, deviation), found = self._residual(level, scale, points, graph)
            field = composed(nodes.with_vectors(residual), field)
            fields.append(field.values)
            matches += found
        return PyramidOutput(tuple(fields), nodes.with_vectors(deviation[:, None]).values, tuple(matches))

    def _residual(
        self, level: int, scale: Scale, points: Tensor, graph: tuple[Tensor, Tensor]
    ) -> tuple[Residual, list[ScaleMatches]]:
        """What one scale adds, and the matches that it rests on, if any."""
        if isinstance(self.reconstruction, SirenReconstruction):
            return self.reconstruction(scale), []
        found = self.matcher(level, scale, points, graph)
        return self.reconstruction(scale, points, found.residual), [found]


def _reconstruction(config: PyramidConfig, channels: int) -> nn.Module:
    """The part that the configuration names."""
    match config.reconstruction:
        case "kernel":
            return KernelReconstruction(config, channels)
        case "spline":
            return SplineReconstruction(config.smoothing)
        case "siren":
            return SirenReconstruction(channels)
