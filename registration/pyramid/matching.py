"""Matches of one scale: cost volumes at the keypoints, softly assigned, agreed upon over the keypoint graph.

    C(y, l) = sum_c mean_o (F_f(y + o) - F_m(y + o + l + d(y + o + l)))^2,    d: the field so far, which warps F_m
    v(y) = sum_l l softmax_l(-beta (C(y, l) + s theta |l - u(y)|^2)),    u = smooth(v),    theta growing

The warp is taken where it is read, not on a lattice first: one interpolation less. Labels lie symmetrically about the
keypoint, so features that say nothing move nothing. Differentiable in features and field: coupled convex optimisation
(M. P. Heinrich et al., MICCAI 2014) with soft minima in place of its hard ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from registration.correspondences.cost_volume import Labels, cube, patch_costs
from registration.correspondences.selection import smoothed
from registration.pyramid.config import Search
from registration.pyramid.scale import Scale

GRAPH_NEIGHBOURS = 15
COUPLINGS = (0.01, 0.1, 1.0)
SMOOTHING_MM = 8.0
"""Neighbours agree over this width plus one step of the scale."""
CHUNK = 64
"""Keypoints at once: at most 15 MB of features."""


@dataclass(frozen=True)
class ScaleMatches:
    """Of N keypoints at one scale: `residual` (N, 3) mm, what the field so far leaves; `displacement` (N, 3) mm, the
    whole match, both composed; `confidence` (N,) in (0, 1], falls with the soft assignment's variance in squared steps.
    """

    residual: Tensor
    displacement: Tensor
    confidence: Tensor


class KeypointMatcher(nn.Module):
    """The learned numbers of the matching, two per scale: how sharp the soft minimum is, how stiff the agreement."""

    def __init__(self, searches: tuple[Search, ...]) -> None:
        super().__init__()
        self.searches = searches
        self.log_sharpness = nn.Parameter(torch.tensor([math.log(s.sharpness) for s in searches]))
        self.log_stiffness = nn.Parameter(torch.tensor([math.log(s.stiffness) for s in searches]))

    def forward(self, level: int, scale: Scale, points: Tensor, graph: tuple[Tensor, Tensor]) -> ScaleMatches:
        """Matches of points (N, 3) mm at a scale, `level` counted from the finest.

        graph: neighbour indices and distances (N, K) mm, self included.
        """
        search, step_mm = self.searches[level], scale.fixed.step_mm
        costs = torch.cat([_costs(scale, part, search) for part in torch.split(points, CHUNK)])  # (N, L)
        labels = cube(search.radius).to(points)  # (L, 3) steps
        closeness = torch.exp(-0.5 * (graph[1] / (SMOOTHING_MM + step_mm.mean())) ** 2)
        sharpness, stiffness = self.log_sharpness[level].exp(), self.log_stiffness[level].exp()
        wanted = points.new_zeros(len(points), 3)  # (N, 3) mm
        for coupling in COUPLINGS:
            weights = _soft_labels(costs, labels, wanted / step_mm, sharpness, stiffness * coupling)
            wanted = smoothed(weights @ labels * step_mm, graph[0], closeness)
        weights = _soft_labels(costs, labels, wanted / step_mm, sharpness, stiffness * COUPLINGS[-1])
        mean = weights @ labels
        scatter = (weights @ labels.square()).sum(1) - mean.square().sum(1)
        residual = mean * step_mm
        confidence = torch.exp(-scatter.clamp_min(0) / 3)
        return ScaleMatches(residual, residual + scale.field.at(points + residual), confidence)


def _costs(scale: Scale, points: Tensor, search: Search) -> Tensor:
    """Squared feature distances (N, L) of every label, means over the patch; outside the image what is usual inside."""
    labels, step_mm = Labels(1.0, search.radius, search.patch_radius), scale.fixed.step_mm
    reach = search.radius + search.patch_radius
    patches = scale.fixed.at(points[:, None] + cube(search.patch_radius).to(points) * step_mm)  # (N, P, C)
    region = scale.moving.at(_warped(scale, points, reach))  # (N, side^3, C)
    region = region.reshape(-1, *3 * (2 * reach + 1,), region.shape[2])
    costs = region.shape[-1] * patch_costs(patches, region, region.square().sum(-1), labels)
    inside = scale.moving.holds(_warped(scale, points, search.radius))  # (N, L)
    typical = (costs * inside).sum(1, keepdim=True) / inside.sum(1, keepdim=True).clamp_min(1)
    return torch.where(inside, costs, typical)


def _warped(scale: Scale, points: Tensor, radius: int) -> Tensor:
    """Places (N, (2 radius + 1)^3, 3) mm in the moving image of the lattice around each point."""
    places = points[:, None] + cube(radius).to(points) * scale.fixed.step_mm
    return places + scale.field.at(places)


def _soft_labels(costs: Tensor, labels: Tensor, wanted: Tensor, sharpness: Tensor, stiffness: Tensor) -> Tensor:
    """Weights (N, L) of the labels, each row adds up to one. wanted (N, 3): what the neighbours ask for, in steps."""
    away = torch.cdist(wanted, labels).square()
    return torch.softmax(-sharpness * (costs + stiffness * away), 1)
