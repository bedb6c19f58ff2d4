"""Bumps on a field become a count for each: how many voxels that it reaches fold now and did not before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import determinants
from registration.geometry import Box
from registration.refinement.bumps import Bump, corrected, moved, support
from registration.refinement.solve import connected

Counts = NDArray[np.int64]
SEEN = 20_000
"""Counts remembered; more than a person clicks in a day."""
CROWDED = 0.5
"""Supports are judged in one go when the box around them holds at most this share of their own voxels together."""


class Folding:
    """Judges bumps over one base field. A count hangs on the bumps nearby alone, so it is remembered."""

    def __init__(self, base: DisplacementField) -> None:
        self._base = base
        self._seen: dict[tuple[tuple[Bump, ...], tuple[Bump, ...]], Counts] = {}

    def new(self, bumps: Sequence[Bump]) -> Counts:
        """For each bump the voxels within its reach with J <= 0 where the base has J > 0."""
        boxes = [support(self._base.grid, bump) for bump in bumps]
        near = _see_each_other(boxes)
        counts = np.zeros(len(bumps), np.int64)
        for crowd in connected(near):
            whole = reduce(Box.union, (boxes[i] for i in crowd))
            together = prod(whole.shape) <= CROWDED * sum(prod(boxes[i].shape) for i in crowd)
            for judged in [crowd] if together else crowd[:, None]:
                around = np.flatnonzero(near[judged].any(axis=0))
                counts[judged] = self._counts([bumps[i] for i in judged.tolist()], [bumps[i] for i in around.tolist()])
        return counts

    def _counts(self, judged: list[Bump], around: list[Bump]) -> Counts:
        key = (tuple(judged), tuple(around))
        if key not in self._seen:
            if len(self._seen) >= SEEN:
                self._seen.clear()
            self._seen[key] = _new_folds_reached(self._base, judged, around)
        return self._seen[key]


def jacobian_in(base: DisplacementField, bumps: Sequence[Bump], box: Box) -> NDArray[np.float32]:
    """J (z, y, x) in the box of the base plus bumps, with the neighbours outside the box in the differences."""
    around = box.grown(1, base.grid.size)
    jacobian = determinants(corrected(base, bumps, around), base.grid)
    return jacobian[moved(box, around.start).slices]


def _see_each_other(boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Which supports (n, n) lie in each other's derivatives: less than two voxels apart on every side."""
    starts = np.array([box.start for box in boxes]).reshape(-1, 3)
    stops = np.array([box.stop for box in boxes]).reshape(-1, 3)
    apart = (starts[:, None] >= stops + 2) | (starts >= stops[:, None] + 2)
    return np.asarray(~apart.any(axis=-1))


def _new_folds_reached(base: DisplacementField, judged: Sequence[Bump], around: Sequence[Bump]) -> Counts:
    grid = base.grid
    box = reduce(Box.union, (support(grid, one) for one in judged)).grown(1, grid.size)
    new = jacobian_in(base, around, box) <= 0
    if not new.any():
        return np.zeros(len(judged), np.int64)
    new &= jacobian_in(base, (), box) > 0
    z, y, x = np.nonzero(new)
    places = np.stack([x, y, z], axis=1) + box.start
    margin = max(grid.spacing_mm)  # central differences look one voxel further
    counts = []
    for one in judged:
        distance = np.linalg.norm((places - one.centre) * grid.spacing_mm, axis=1)
        counts.append(int((distance <= one.radius_mm + margin).sum()))
    return np.array(counts, np.int64)
