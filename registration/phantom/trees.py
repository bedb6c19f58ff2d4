"""Branching trees that fill an organ: vessels and airways as cones between bifurcations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.geometry.grid import Floats

REACH = 0.42
"""A branch ends this share of the way from its start to the centre of what it supplies."""
MURRAY = 0.38
"""Radius of a branch over that of the root: share of supplied points to this power (about a third by Murray's law)."""


@dataclass(frozen=True)
class Tree:
    """Cones from `starts` to `ends` (M, 3) mm, their radii (M,) mm, and the points (B, 3) where branches part."""

    starts: Floats
    ends: Floats
    radii: Floats
    bifurcations: Floats


def grow_tree(root: tuple[float, float, float], supplied: Floats, radius_mm: float, rng: np.random.Generator) -> Tree:
    """A tree from `root` that reaches every supplied point (P, 3): each branch halves its points until one is left."""
    cones: list[tuple[Floats, Floats, float]] = []
    forks: list[Floats] = []
    waiting = [(np.asarray(root, np.float64), supplied)]
    while waiting:
        start, points = waiting.pop()
        end = _branch_end(start, points, rng)
        cones.append((start, end, radius_mm * (len(points) / len(supplied)) ** MURRAY))
        if len(points) > 1:
            forks.append(end)
            waiting += [(end, half) for half in _halves(end - start, points)]
    starts, ends, radii = (np.array(part) for part in zip(*cones, strict=True))
    return Tree(starts, ends, radii, np.array(forks))


def join(trees: list[Tree]) -> Tree:
    """Several trees as one."""
    names = ("starts", "ends", "radii", "bifurcations")
    return Tree(*(np.concatenate([getattr(tree, name) for tree in trees]) for name in names))


def tube(points: Floats, radius_mm: float) -> Tree:
    """An unbranched tube through points (P, 3)."""
    radii = np.full(len(points) - 1, radius_mm)
    return Tree(points[:-1], points[1:], radii, np.empty((0, 3)))


def _branch_end(start: Floats, points: Floats, rng: np.random.Generator) -> Floats:
    if len(points) == 1:
        return np.asarray(points[0])
    way = points.mean(axis=0) - start
    wobble = rng.standard_normal(3) * 0.12 * np.linalg.norm(way)
    return np.asarray(start + REACH * way + wobble)


def _halves(way: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Two halves across the widest direction of the points, perpendicular to the branch."""
    centred = points - points.mean(axis=0)
    along = way / (np.linalg.norm(way) + 1e-9)
    flat = centred - np.outer(centred @ along, along)
    widest = np.linalg.svd(flat, full_matrices=False)[2][0] if len(points) > 2 else centred[1] - centred[0]
    order = np.argsort(centred @ widest, kind="stable")
    middle = len(points) // 2
    return points[order[:middle]], points[order[middle:]]
