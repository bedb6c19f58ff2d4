"""Bumps on a field become a verdict for each: does it reach a voxel that folds now and did not before?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import determinants
from registration.geometry import Box
from registration.refinement.bumps import Bump, corrected, moved, support

SEEN = 20_000
"""Verdicts remembered; more than a person clicks in a day."""


class Folding:
    """Judges bumps over one base field. A verdict hangs on a bump and its neighbours alone, so it is remembered."""

    def __init__(self, base: DisplacementField) -> None:
        self._base = base
        self._seen: dict[tuple[Bump, ...], bool] = {}

    def new(self, bumps: Sequence[Bump]) -> NDArray[np.bool_]:
        """Whether each bump reaches a voxel with J <= 0 where the base has J > 0."""
        near = _neighbours([support(self._base.grid, bump) for bump in bumps])
        return np.array([self._verdict(bumps[i], [bumps[j] for j in row]) for i, row in enumerate(near)], bool)

    def _verdict(self, one: Bump, near: list[Bump]) -> bool:
        key = (one, *near)
        if key not in self._seen:
            if len(self._seen) >= SEEN:
                self._seen.clear()
            self._seen[key] = _reaches_new_fold(self._base, near, one)
        return self._seen[key]


def jacobian_in(base: DisplacementField, bumps: Sequence[Bump], box: Box) -> NDArray[np.float32]:
    """J (z, y, x) in the box of the base plus bumps, with the neighbours outside the box in the differences."""
    around = box.grown(1, base.grid.size)
    jacobian = determinants(corrected(base, bumps, around), base.grid)
    return jacobian[moved(box, around.start).slices]


def _neighbours(boxes: Sequence[Box]) -> list[list[int]]:
    """For each support the supports that its derivatives can see, two voxels further on every side; itself included."""
    starts = np.array([box.start for box in boxes]).reshape(-1, 3)
    stops = np.array([box.stop for box in boxes]).reshape(-1, 3)
    apart = np.any((starts[:, None] >= stops + 2) | (starts >= stops[:, None] + 2), axis=-1)
    return [np.flatnonzero(~apart[i]).tolist() for i in range(len(boxes))]


def _reaches_new_fold(base: DisplacementField, bumps: Sequence[Bump], one: Bump) -> bool:
    box = support(base.grid, one).grown(1, base.grid.size)
    new = jacobian_in(base, bumps, box) <= 0
    if not new.any():
        return False
    new &= jacobian_in(base, (), box) > 0
    z, y, x = np.nonzero(new)
    steps = (np.stack([x, y, z], axis=1) + box.start - one.centre) * base.grid.spacing_mm
    reach = one.radius_mm + max(base.grid.spacing_mm)  # central differences look one voxel further
    return bool((np.linalg.norm(steps, axis=1) <= reach).any())
