"""One scale becomes its residual field on a lattice, in the three ways that the paper's ablation compares."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from registration.correspondences.graph import nearest
from registration.kernel.dual_stream import DualStreamKernel
from registration.kernel.keys import Keys
from registration.kernel.siren import ModulatedSiren
from registration.kernel.thin_plate import ThinPlateSpline
from registration.pyramid.config import PyramidConfig
from registration.pyramid.recomputation import recomputed
from registration.pyramid.scale import Scale

CHUNK = 8192
"""Nodes at once: about 100 MB with 1024 keypoints; in training they are computed once more instead of kept."""

Residual = tuple[Tensor, Tensor]
"""Displacement (V, 3) mm and standard deviation (V,) of the attention scores at V nodes."""


class KernelReconstruction(nn.Module):
    """The dual-stream kernel over the K nearest keypoints, one for all scales."""

    def __init__(self, config: PyramidConfig, channels: int) -> None:
        super().__init__()
        learned = config.proximity == "learned length"
        self.kernel = DualStreamKernel(channels, streams=config.streams, learned_length=learned)
        self.neighbours, self.channels = config.neighbours, channels

    def forward(self, scale: Scale, points: Tensor, displacement: Tensor) -> Residual:
        """The residual from displacements (N, 3) mm at points (N, 3) mm. Memory: `CHUNK`, and 130 bytes per node."""
        places, features = scale.nodes.points(), _filled(scale.nodes.vectors(), self.channels)
        keys = (points - scale.middle, _filled(scale.fixed.at(points), self.channels), displacement)
        found = []
        for part in _parts(places):
            chosen, neighbours = _renumbered(nearest(places[part], points, self.neighbours)[0], len(points))
            near = [key[chosen] for key in keys]
            found.append(recomputed(self._spread, places[part] - scale.middle, features[part], *near, neighbours))
        return torch.cat([f[0] for f in found]), torch.cat([f[1] for f in found])

    def _spread(self, *inputs: Tensor) -> Residual:
        displacement, _, scores = self.kernel(*inputs[:-1], inputs[-1].long())
        return displacement, scores.std(1, correction=0)


class SplineReconstruction(nn.Module):
    """A smoothing thin-plate spline through the matches. Nothing in it learns, and no gradient passes it."""

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.spline = ThinPlateSpline(smoothing)

    @torch.no_grad()
    def forward(self, scale: Scale, points: Tensor, displacement: Tensor) -> Residual:
        """The residual from displacements (N, 3) mm at points (N, 3) mm."""
        keys = Keys(points, displacement, torch.ones_like(points[:, 0]), points.new_zeros(len(points), 0))
        spread = self.spline.spread(scale.nodes.points(), keys)
        return spread.displacement, spread.attention_std


class SirenReconstruction(nn.Module):
    """The sine network on the features of the fixed and the warped moving image. Needs no matches."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.siren, self.channels = ModulatedSiren(2 * channels), channels

    def forward(self, scale: Scale) -> Residual:
        """The residual; the attention it does not have deviates by zero."""
        places, fixed = scale.nodes.points(), scale.nodes.vectors()
        found = [recomputed(self._spread, scale, places[part], fixed[part]) for part in _parts(places)]
        displacement = torch.cat(found) * scale.nodes.step_mm
        return displacement, torch.zeros_like(displacement[:, 0])

    def _spread(self, scale: Scale, places: Tensor, fixed: Tensor) -> Tensor:
        warped = scale.moving.at(places + scale.field.at(places))
        features = torch.cat([_filled(f, self.channels) for f in (fixed, warped)], 1)
        steps: Tensor = self.siren(places - scale.middle, features)
        return steps


def _parts(places: Tensor) -> tuple[Tensor, ...]:
    """Indices of all places, `CHUNK` at a time."""
    return torch.split(torch.arange(len(places), device=places.device), CHUNK)


def _renumbered(neighbours: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The keys, of `count`, that are anyone's neighbours, and the neighbours (Q, K) int32 as numbers among those."""
    used = torch.zeros(count, dtype=torch.bool, device=neighbours.device)
    used[neighbours.flatten()] = True
    return used.nonzero()[:, 0], (used.cumsum(0) - 1)[neighbours].int()


def _filled(features: Tensor, channels: int) -> Tensor:
    """Features (..., C) of a scale with fewer channels than the widest, filled up with zeros."""
    return nn.functional.pad(features, (0, channels - features.shape[-1]))
