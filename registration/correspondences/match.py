"""Matching, coarse to fine and both ways: keypoints of either scan -> their places in the other, with confidence.

Keypoints of the moving scan, matched to the fixed one, enter with their match as the fixed end. Near a sliding surface
one scan's keypoints may lie on one side only; both together see both sides (3.9 -> 2.6 mm on a real 22 mm liver pair),
and each direction witnesses for the other. `matched` alone is TorchScript as well: a model server runs its very lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from registration.abreast import abreast
from registration.correspondences.consistency import confidence, disagreement
from registration.correspondences.cost_volume import Labels, costs_between, offsets_of
from registration.correspondences.graph import nearest
from registration.correspondences.selection import Selection, select
from registration.correspondences.statistics import PER_LEVEL, level_statistics
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap, PlacedMap

GRAPH_NEIGHBOURS = 15


class MatchingLevel(NamedTuple):
    """One level of the search. stiffness: cost per mm^2; sigma_mm: width of the agreement between neighbours.

    refine: the labels' lattice is that many times finer than the features'.
    """

    labels: Labels
    stiffness: float
    sigma_mm: float
    refine: int


def levels() -> list[MatchingLevel]:
    """+-32 mm in steps of 4, +-8 in steps of 2, +-3 in steps of 1 (measured on real CT and MR, docs/paper-map.md)."""
    return [
        MatchingLevel(Labels(4.0, 8, 1), 2e-3, 12.0, 1),
        MatchingLevel(Labels(2.0, 4, 2), 2e-3, 10.0, 1),
        MatchingLevel(Labels(1.0, 3, 2), 2e-3, 8.0, 2),
    ]


STATISTICS = PER_LEVEL * len(levels()) + 3
"""Numbers per match: each level's, the two directions' disagreement and distance, the keypoint's response."""


@dataclass(frozen=True)
class Matched:
    """N matches, fixed to moving: `points`, `displacement` (N, 3) mm, `confidence` (N,), `statistics` (N, 36)."""

    points: Tensor
    displacement: Tensor
    confidence: Tensor
    statistics: Tensor


class Graph(NamedTuple):
    """Keypoints of one scan: `points` (N, 3) mm, `response` (N,), and who is near whom: `neighbours` (N, K) into the
    points, themselves included, and their `distance` (N, K) mm.
    """

    points: Tensor
    response: Tensor
    neighbours: Tensor
    distance: Tensor


def graph_of(keypoints: Keypoints) -> Graph:
    """The keypoints with their 15 nearest."""
    return Graph(keypoints.points, keypoints.response, *nearest(keypoints.points, keypoints.points, GRAPH_NEIGHBOURS))


def match_both_ways(
    fixed_keypoints: Keypoints, moving_keypoints: Keypoints, fixed: Sequence[ChannelMap], moving: Sequence[ChannelMap]
) -> Matched:
    """Matches of the keypoints of both scans. fixed, moving: one feature map per level, in the working frame."""
    maps = [[m.placed for m in scan] for scan in (fixed, moving)]
    ways = (fixed_keypoints, maps[0], maps[1]), (moving_keypoints, maps[1], maps[0])
    there, back = abreast(lambda way: matched(graph_of(way[0]), way[1], way[2]), ways)
    return witnessed(fixed_keypoints.points, there, moving_keypoints.points, back)


def witnessed(
    fixed_points: Tensor, there: tuple[Tensor, Tensor], moving_points: Tensor, back: tuple[Tensor, Tensor]
) -> Matched:
    """Both directions as one set of matches, each judged by the other. there, back: what `matched` gives."""
    ends = ((fixed_points, there[0]), (moving_points + back[0], -back[0]))
    judged = [disagreement(*ends[0], *ends[1]), disagreement(*ends[1], *ends[0])]
    apart, distance = (torch.cat(v) for v in zip(*judged, strict=True))
    statistics = torch.cat([there[1], back[1]])
    extra = torch.stack([torch.log1p(apart / 2.0), torch.log1p(distance / 10.0)], 1)
    points, displacement = (torch.cat(v) for v in zip(*ends, strict=True))
    return Matched(points, displacement, confidence(apart), torch.cat([statistics, extra], 1))


def matched(graph: Graph, source: list[PlacedMap], target: list[PlacedMap]) -> tuple[Tensor, Tensor]:
    """Displacements (N, 3) mm of the source scan's keypoints to the target scan, and their statistics (N, 34).

    source, target: one feature map per level.
    """
    displacement = torch.zeros_like(graph.points)
    statistics: list[Tensor] = []
    for i, level in enumerate(levels()):
        selection, found = _search(source[i], target[i], graph, displacement, level)
        statistics.append(found)
        displacement = selection.displacement
    response = graph.response.clamp_min(1e-12).log()
    statistics.append((response - response.mean())[:, None])
    return displacement, torch.cat(statistics, 1)


def _search(
    source: PlacedMap, target: PlacedMap, graph: Graph, start: Tensor, level: MatchingLevel
) -> tuple[Selection, Tensor]:
    """One level: the selected displacements and the level's statistics (N, 11)."""
    offsets = offsets_of(level.labels).to(start)
    costs, base = costs_between(source, target, graph.points, start, level.labels, level.refine)
    near = (graph.neighbours, graph.distance)
    selection = select(costs, base, start, offsets, near, stiffness=level.stiffness, sigma_mm=level.sigma_mm)
    return selection, level_statistics(costs, selection, start, offsets, level.labels.step_mm)
