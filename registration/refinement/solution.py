"""A correction set becomes all its bumps: group by group of supports that touch, a function of the set alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.refinement.anchors import Anchor, anchor
from registration.refinement.bumps import Bump, Floats
from registration.refinement.corrections import CorrectionSet, Correspondence
from registration.refinement.folding import Folding
from registration.refinement.settings import RefinementSettings
from registration.refinement.settle import Settled, first_radii, settle
from registration.refinement.solve import connected

Group = tuple[int, ...]
"""Positions of the members in the sorted set."""


@dataclass(frozen=True)
class Solution:
    """The bumps of a set in the order of the ids, its anchors in the same order, and the ids met only in part."""

    bumps: tuple[Bump, ...]
    anchors: tuple[Anchor, ...]
    relaxed: frozenset[str]


class Solver:
    """Solves sets over one base field; what two sets have in common is solved once. Holds no other state."""

    def __init__(self, base: DisplacementField, settings: RefinementSettings) -> None:
        self._base, self._settings = base, settings
        self._folding = Folding(base)
        self._anchors: dict[Correspondence, Anchor] = {}
        self._settled: dict[tuple[Correspondence, ...], Settled] = {}

    def solve(self, corrections: CorrectionSet) -> Solution:
        """The solution of a set: groups by first radii; those whose bumps grew together are solved anew as one."""
        members = corrections.correspondences
        anchors = tuple(self._anchor(one) for one in members)
        groups = self._first_groups(anchors)
        while True:
            settled = [self._settle([members[i] for i in group]) for group in groups]
            together = connected(self._touching(settled))
            if len(together) == len(groups):
                break
            groups = [tuple(sorted(i for g in one for i in groups[g])) for one in together]
        bumps = sorted((b for group in settled for b in group.bumps), key=lambda bump: bump.id)
        relaxed = frozenset[str]().union(*(group.relaxed for group in settled))
        return Solution(tuple(bumps), anchors, relaxed)

    def _anchor(self, one: Correspondence) -> Anchor:
        if one not in self._anchors:
            self._anchors[one] = anchor(self._base, one)
        return self._anchors[one]

    def _settle(self, members: Sequence[Correspondence]) -> Settled:
        key = tuple(members)
        if key not in self._settled:
            self._settled[key] = self._settle_anew(members)
        return self._settled[key]

    def _settle_anew(self, members: Sequence[Correspondence]) -> Settled:
        return settle(self._base, [self._anchor(one) for one in members], self._settings, self._folding)

    def _first_groups(self, anchors: Sequence[Anchor]) -> list[Group]:
        if not anchors:
            return []
        centres = np.array([a.centre for a in anchors])
        touching = self._overlap(centres, first_radii(self._base, anchors, self._settings))
        return [tuple(int(i) for i in group) for group in connected(touching)]

    def _touching(self, settled: Sequence[Settled]) -> NDArray[np.bool_]:
        """Which groups (n, n) have bumps whose supports touch."""
        owner = np.array([n for n, group in enumerate(settled) for _ in group.bumps], int)
        bumps = [bump for group in settled for bump in group.bumps]
        touching = np.eye(len(settled), dtype=bool)
        if bumps:
            overlap = self._overlap(np.array([b.centre for b in bumps]), np.array([b.radius_mm for b in bumps]))
            i, j = np.nonzero(overlap)
            touching[owner[i], owner[j]] = True
        return touching

    def _overlap(self, centres: Floats, radii_mm: Floats) -> NDArray[np.bool_]:
        """Which supports (n, n) touch, with the two voxels between them that a derivative would see."""
        steps = (centres[:, None] - centres) * self._base.grid.spacing_mm
        distance = np.sqrt((steps * steps).sum(axis=-1))
        return np.asarray(distance < radii_mm[:, None] + radii_mm + 2 * max(self._base.grid.spacing_mm))
