"""A group of anchors becomes bumps that fold nothing: wider supports first, then targets met only in part, honestly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import determinants
from registration.geometry import Box
from registration.refinement.anchors import Anchor
from registration.refinement.bumps import STEEPEST, Bump, Floats, corrected, moved, support
from registration.refinement.settings import RefinementSettings
from registration.refinement.solve import solved

WIDER = 1.25
"""One step of widening."""
RIDGES = (*(0.05 * 2.0**k for k in range(16)), np.inf)
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


def settle(base: DisplacementField, anchors: Sequence[Anchor], settings: RefinementSettings) -> Settled:
    """The bumps of the anchors that bring no voxel to J <= 0 that was not there in the base."""
    first = first_radii(base, anchors, settings)
    exact = np.zeros(len(anchors))
    radii = first
    while True:
        bumps = solved(base.grid, anchors, radii, exact)
        guilty = folding(base, bumps)
        if not guilty.any():
            return Settled(tuple(bumps), frozenset())
        widened = np.where(guilty, np.maximum(radii, np.minimum(radii * WIDER, settings.limit_mm)), radii)
        if np.array_equal(widened, radii):
            return _relax(base, anchors, first)
        radii = widened


def _relax(base: DisplacementField, anchors: Sequence[Anchor], radii: Floats) -> Settled:
    """Each click near a new fold gives up step by step; at the last step it is gone, so this ends."""
    step = np.full(len(anchors), -1)
    while True:
        ridge = np.where(step < 0, 0.0, np.asarray(RIDGES)[np.maximum(step, 0)])
        alive = np.flatnonzero(np.isfinite(ridge)).tolist()
        bumps = solved(base.grid, [anchors[i] for i in alive], radii[alive], ridge[alive]) if alive else []
        guilty = folding(base, bumps)
        if not guilty.any():
            return Settled(tuple(bumps), frozenset(a.id for a, s in zip(anchors, step, strict=True) if s >= 0))
        step[np.asarray(alive)[guilty]] += 1


def folding(base: DisplacementField, bumps: Sequence[Bump]) -> NDArray[np.bool_]:
    """Whether each bump reaches a voxel that folds with the bumps and did not without them."""
    return np.array([_reaches_new_fold(base, bumps, one) for one in bumps], bool)


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


def jacobian_in(base: DisplacementField, bumps: Sequence[Bump], box: Box) -> NDArray[np.float32]:
    """J (z, y, x) in the box of the base plus bumps, with the neighbours outside the box in the differences."""
    around = box.grown(1, base.grid.size)
    jacobian = determinants(corrected(base, bumps, around), base.grid)
    return jacobian[moved(box, around.start).slices]
