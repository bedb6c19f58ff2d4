"""A group of anchors becomes bumps that fold nothing: wider supports first, then targets met only in part, honestly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from registration.field.displacement import DisplacementField
from registration.refinement.anchors import Anchor
from registration.refinement.bumps import STEEPEST, Bump, Floats
from registration.refinement.folding import Folding
from registration.refinement.settings import RefinementSettings
from registration.refinement.solve import solved

WIDER, WIDENINGS = 1.25, 3
"""One step of widening, and how many there are: a support at most doubles."""
RIDGES = (0.05, 0.15, 0.45, 1.4, 4.0, 12.0, 36.0, np.inf)
"""Steps of relaxation: a lone click keeps ridge / (1 + ridge) of its error; the last step lets go of it."""
VOXELS = 2.5
"""A support is at least this many voxels in radius along the coarsest axis, else it would be one voxel's spike."""


@dataclass(frozen=True)
class Settled:
    """The bumps of a group, in the order of the ids, and the ids whose targets are met only in part."""

    bumps: tuple[Bump, ...]
    relaxed: frozenset[str]


def first_radii(base: DisplacementField, anchors: Sequence[Anchor], settings: RefinementSettings) -> Floats:
    """Radius (mm) of each anchor before any fold is known: wider for far targets, so that the slope stays gentle."""
    wanted = np.array([np.linalg.norm(a.wanted_mm) for a in anchors])
    coarsest = max(base.grid.spacing_mm)
    gentle = np.clip(STEEPEST * wanted / settings.slope, settings.radius_mm, settings.limit_mm)
    return np.maximum(gentle, VOXELS * coarsest)


def settle(
    base: DisplacementField, anchors: Sequence[Anchor], settings: RefinementSettings, folding: Folding
) -> Settled:
    """The bumps of the anchors that bring no voxel to J <= 0 that was not there in the base."""
    first = radii = first_radii(base, anchors, settings)
    exact, fewest = np.zeros(len(anchors)), np.inf
    for _ in range(WIDENINGS + 1):
        bumps = solved(base.grid, anchors, radii, exact)
        folds = folding.new(bumps)
        if not folds.any():
            return Settled(tuple(bumps), frozenset())
        if folds.sum() >= fewest:
            break  # clicks that pull at each other fold at any width
        fewest = folds.sum()
        wider = np.minimum(radii * WIDER, settings.limit_mm)
        radii = np.where(folds > 0, np.maximum(radii, wider), radii)
    return _relax(base, anchors, first, folding)


def _relax(base: DisplacementField, anchors: Sequence[Anchor], radii: Floats, folding: Folding) -> Settled:
    """Each click near a new fold gives up step by step; at the last step it is gone, so this ends."""
    step = np.full(len(anchors), -1)
    while True:
        ridge = np.where(step < 0, 0.0, np.asarray(RIDGES)[np.maximum(step, 0)])
        alive = np.flatnonzero(np.isfinite(ridge)).tolist()
        bumps = solved(base.grid, [anchors[i] for i in alive], radii[alive], ridge[alive]) if alive else []
        guilty = folding.new(bumps) > 0
        if not guilty.any():
            return Settled(tuple(bumps), frozenset(a.id for a, s in zip(anchors, step, strict=True) if s >= 0))
        step[np.asarray(alive)[guilty]] += 1
