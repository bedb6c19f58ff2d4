"""Matching, coarse to fine and both ways: keypoints of either scan -> their places in the other, each with a confidence.

Keypoints of the moving scan, matched to the fixed one, enter with their match as the fixed end. Near a sliding surface
one scan's keypoints lie on one side only; both together see both sides (4.0 -> 2.6 mm on a real 22 mm liver pair).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from registration.correspondences.cost_volume import Labels, cost_volume
from registration.correspondences.graph import nearest
from registration.correspondences.selection import Selection, select
from registration.correspondences.statistics import level_statistics
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap

GRAPH_NEIGHBOURS = 15
MIN_CONFIDENCE = 0.01


@dataclass(frozen=True)
class MatchingLevel:
    """One level of the search. stiffness: cost per mm^2; sigma_mm: width of the agreement between neighbours.

    refine: the labels' lattice is that many times finer than the features'; backward: checked by matching back.
    """

    labels: Labels
    stiffness: float
    sigma_mm: float
    refine: int = 1
    backward: bool = True


LEVELS = (
    MatchingLevel(Labels(4.0, 8, 1), 2e-3, 12.0),
    MatchingLevel(Labels(2.0, 4, 2), 2e-3, 10.0),
    MatchingLevel(Labels(1.0, 3, 2), 2e-3, 8.0, refine=2, backward=False),
)
"""+-32 mm in steps of 4, +-8 in steps of 2, +-3 in steps of 1 (measured on real CT and MR pairs, docs/paper-map.md)."""


@dataclass(frozen=True)
class Matched:
    """`displacement` (N, 3) mm, `confidence` (N,) in [0.01, 1], `statistics` (N, S) of every level."""

    displacement: Tensor
    confidence: Tensor
    statistics: Tensor


def match_both_ways(
    fixed_keypoints: Keypoints, moving_keypoints: Keypoints, fixed: Sequence[ChannelMap], moving: Sequence[ChannelMap]
) -> tuple[Tensor, Matched]:
    """Fixed points (N, 3) mm and their matches, N = keypoints of both scans, all as fixed to moving."""
    there = match(fixed_keypoints, fixed, moving)
    back = match(moving_keypoints, moving, fixed)
    points = torch.cat([fixed_keypoints.points, moving_keypoints.points + back.displacement])
    return points, Matched(
        torch.cat([there.displacement, -back.displacement]),
        torch.cat([there.confidence, back.confidence]),
        torch.cat([there.statistics, back.statistics]),
    )


def match(
    keypoints: Keypoints,
    fixed: Sequence[ChannelMap],
    moving: Sequence[ChannelMap],
    levels: Sequence[MatchingLevel] = LEVELS,
) -> Matched:
    """Displacements of the keypoints. fixed, moving: one feature map per level, in the frame of the working lattice."""
    points = keypoints.points
    graph = nearest(points, points, GRAPH_NEIGHBOURS)
    forward, back = torch.zeros_like(points), torch.zeros_like(points)
    log_confidence = torch.zeros(len(points))
    statistics = []
    for level, source, target in zip(levels, fixed, moving, strict=True):
        selection, found = _search(source, target, points, forward, graph, level)
        statistics.append(found)
        forward = selection.displacement
        if level.backward:
            start = -forward if len(statistics) > 1 else torch.zeros_like(forward)
            selection, _ = _search(target, source, points + forward, start, graph, level)
            back = selection.displacement
            error = (forward + back).norm(dim=1)
            log_confidence = -((error / (1.5 * level.labels.step_mm)) ** 2)
            statistics.append(torch.log1p(error / level.labels.step_mm)[:, None])
    response = keypoints.response.clamp_min(1e-12).log()
    statistics.append((response - response.mean())[:, None])
    return Matched(forward, log_confidence.exp().clamp_min(MIN_CONFIDENCE), torch.cat(statistics, 1))


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
    selection = select(costs, base, offsets, graph, stiffness=level.stiffness, sigma_mm=level.sigma_mm)
    return selection, level_statistics(costs, selection, base, start, offsets, level.labels.step_mm)
