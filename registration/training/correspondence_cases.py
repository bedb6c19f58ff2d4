"""Correspondence files become lessons without any truth: hide some matches, spoil others, ask for the hidden ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from registration.kernel.keys import Keys
from registration.reading import read_correspondences
from registration.training.kernel_loss import Lesson
from registration.training.lessons import lesson

Floats = NDArray[np.float64]

LUNG_VOXEL_MM = (1.75, 1.25, 1.75)
"""Of the Learn2Reg lung grids, in which their files count."""
QUERIES = 384
SIZE = (0.6, 1.5)
"""The files' lungs hold about 1600 correspondences; a quarter hidden, these sizes hold from 350 to 5500 per lung."""
HIDDEN_SHARE = 0.25
CLUSTER_RADIUS_MM, CLUSTER_SHIFT_MM, CLUSTER_NOISE_MM, CLUSTER_SHARE = (5.0, 32.0), 22.0, 0.5, 0.2


def read_set(path: Path, voxel_mm: tuple[float, float, float] = LUNG_VOXEL_MM) -> Floats:
    """The file's correspondences (N, 6) mm, fixed point and moving point, from voxels of `voxel_mm`.

    Raises PointError `table-unreadable` with file and line.
    """
    _, fixed, moving = read_correspondences(path)
    return np.concatenate([fixed * voxel_mm, moving * voxel_mm], 1)


def masked_lesson(pairs: Floats, rng: np.random.Generator) -> Lesson:
    """A lesson from correspondences (N, 6) mm: about a quarter hidden, some of the others wrong."""
    points, displacement = _another_view(pairs, rng)
    hidden = _hidden(points, rng)
    queries = rng.permutation(np.flatnonzero(hidden))[:QUERIES]
    partners = _partners(points, queries)
    asked = np.stack([queries, partners], 1)  # (Q, 2)
    shown, spoiled, good = points[~hidden], displacement[~hidden].copy(), np.ones((~hidden).sum())
    if rng.uniform() < 0.65:
        _spoil(shown, spoiled, good, rng)
    p, d = (torch.from_numpy(a).float() for a in (shown, spoiled))
    queries_mm, wanted = (torch.from_numpy(a[asked]).float() for a in (points, displacement))
    keys = Keys(p, d, torch.ones(len(p)), torch.zeros(len(p), 0))
    return lesson(keys, torch.from_numpy(good).float(), queries_mm, wanted)


def _another_view(pairs: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Points and displacements (N, 3) mm: phases swapped or not, mirrored, smaller or larger."""
    fixed, moving = (pairs[:, :3], pairs[:, 3:]) if rng.uniform() < 0.5 else (pairs[:, 3:], pairs[:, :3])
    scale = rng.uniform(*SIZE) * rng.choice([-1.0, 1.0], 3)
    return fixed * scale, (moving - fixed) * scale


def _hidden(points: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A quarter of the points anywhere and, in a third of the draws, all within three balls of 5 to 14 mm."""
    hidden = rng.uniform(size=len(points)) < HIDDEN_SHARE
    if rng.uniform() < 0.3:
        for centre in points[rng.integers(0, len(points), 3)]:
            hidden |= np.linalg.norm(points - centre, axis=1) < rng.uniform(5, 14)
    return hidden


def _partners(points: Floats, queries: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each query the nearest other point, hidden or not: its difference to the query is known as well."""
    _, index = cKDTree(points).query(points[queries], k=[2])
    return np.asarray(index, np.int64)[:, 0]


def _spoil(points: Floats, displacement: Floats, good: Floats, rng: np.random.Generator) -> None:
    """Make clusters wrong together, a few points wrong alone, all noisy; in place. `good` falls to 0 where wrong.

    The clusters of one lesson are of one size, all sizes alike often: drawn one by one, the large ones hold most keys.
    """
    wanted, wrong = rng.uniform(0, CLUSTER_SHARE) * len(points), 0
    radius = np.exp(rng.uniform(*np.log(CLUSTER_RADIUS_MM)))
    while wrong < wanted:
        ball = np.linalg.norm(points - points[rng.integers(len(points))], axis=1) < radius
        shift = rng.normal(size=3)
        shift *= rng.uniform(0, CLUSTER_SHIFT_MM) / np.linalg.norm(shift)
        displacement[ball] += shift + rng.normal(size=(int(ball.sum()), 3)) * rng.uniform(0, CLUSTER_NOISE_MM)
        good[ball] = np.minimum(good[ball], float(np.linalg.norm(shift) < 3.0))
        wrong += int(ball.sum())
    if rng.uniform() < 0.3:
        alone = rng.uniform(size=len(points)) < rng.uniform(0, 0.06)
        displacement[alone] += rng.uniform(-20, 20, (int(alone.sum()), 3))
        good[alone] = 0.0
    if rng.uniform() < 0.5:
        displacement += rng.normal(size=displacement.shape) * rng.uniform(0, 0.8)
