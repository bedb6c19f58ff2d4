"""Matching, coarse to fine and both ways: keypoints of either scan -> their places in the other, with confidence.

Keypoints of the moving scan, matched to the fixed one, enter with their match as the fixed end. Near a sliding surface
one scan's keypoints may lie on one side only; both together see both sides (3.9 -> 2.6 mm on a real 22 mm liver pair),
and each direction witnesses for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from registration.abreast import abreast
from registration.correspondences.consistency import confidence, disagreement
from registration.correspondences.cost_volume import Labels, cost_volume
from registration.correspondences.graph import nearest
from registration.correspondences.selection import Selection, select
from registration.correspondences.statistics import PER_LEVEL, level_statistics
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap

GRAPH_NEIGHBOURS = 15


@dataclass(frozen=True)
class MatchingLevel:
    """One level of the search. stiffness: cost per mm^2; sigma_mm: width of the agreement between neighbours.

    refine: the labels' lattice is that many times finer than the features'.
    """

    labels: Labels
    stiffness: float
    sigma_mm: float
    refine: int = 1


LEVELS = (
    MatchingLevel(Labels(4.0, 8, 1), 2e-3, 12.0),
    MatchingLevel(Labels(2.0, 4, 2), 2e-3, 10.0),
    MatchingLevel(Labels(1.0, 3, 2), 2e-3, 8.0, refine=2),
)
"""+-32 mm in steps of 4, +-8 in steps of 2, +-3 in steps of 1 (measured on real CT and MR pairs, docs/paper-map.md)."""

STATISTICS = PER_LEVEL * len(LEVELS) + 3
"""Numbers per match: each level's, the two directions' disagreement and distance, the keypoint's response."""


@dataclass(frozen=True)
class Matched:
    """N matches, fixed to moving: `points`, `displacement` (N, 3) mm, `confidence` (N,), `statistics` (N, 36)."""

    points: Tensor
    displacement: Tensor
    confidence: Tensor
    statistics: Tensor


def match_both_ways(
    fixed_keypoints: Keypoints, moving_keypoints: Keypoints, fixed: Sequence[ChannelMap], moving: Sequence[ChannelMap]
) -> Matched:
    """Matches of the keypoints of both scans. fixed, moving: one feature map per level, in the working frame."""
    ways = (fixed_keypoints, fixed, moving), (moving_keypoints, moving, fixed)
    (there, there_statistics), (back, back_statistics) = abreast(lambda way: match(*way), ways)
    ends = ((fixed_keypoints.points, there), (moving_keypoints.points + back, -back))
    witnessed = [disagreement(*ends[0], *ends[1]), disagreement(*ends[1], *ends[0])]
    apart, distance = (torch.cat(v) for v in zip(*witnessed, strict=True))
    statistics = torch.cat([there_statistics, back_statistics])
    extra = torch.stack([torch.log1p(apart / 2.0), torch.log1p(distance / 10.0)], 1)
    points, displacement = (torch.cat(v) for v in zip(*ends, strict=True))
    return Matched(points, displacement, confidence(apart), torch.cat([statistics, extra], 1))


def match(
    keypoints: Keypoints,
    source: Sequence[ChannelMap],
    target: Sequence[ChannelMap],
    levels: Sequence[MatchingLevel] = LEVELS,
) -> tuple[Tensor, Tensor]:
    """Displacements (N, 3) mm of the source scan's keypoints to the target scan, and their statistics (N, 34)."""
    points = keypoints.points
    graph = nearest(points, points, GRAPH_NEIGHBOURS)
    displacement, statistics = torch.zeros_like(points), []
    for level, here, there in zip(levels, source, target, strict=True):
        selection, found = _search(here, there, points, displacement, graph, level)
        statistics.append(found)
        displacement = selection.displacement
    response = keypoints.response.clamp_min(1e-12).log()
    statistics.append((response - response.mean())[:, None])
    return displacement, torch.cat(statistics, 1)


def _search(
    source: ChannelMap,
    target: ChannelMap,
    points: Tensor,
    start: Tensor,
    graph: tuple[Tensor, Tensor],
    level: MatchingLevel,
) -> tuple[Selection, Tensor]:
    """One level: the selected displacements and the level's statistics (N, 11)."""
    offsets = level.labels.offsets()
    costs, base = cost_volume(source, target, points, start, level.labels, refine=level.refine)
    selection = select(costs, base, start, offsets, graph, stiffness=level.stiffness, sigma_mm=level.sigma_mm)
    return selection, level_statistics(costs, selection, start, offsets, level.labels.step_mm)
