"""The refinement on one screen: an edited set of corrections in, the changed part of the field out.

The field of a set is base + Σ bumps, solved as sampled on the grid: exact for whoever reads it trilinearly, bit-equal
outside the box, and the same for the same set, however it came about. Numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Box
from registration.refinement.anchors import remaining
from registration.refinement.bumps import Bump, corrected, support
from registration.refinement.corrections import CorrectionSet
from registration.refinement.folding import jacobian_in
from registration.refinement.settings import DEFAULT, RefinementSettings
from registration.refinement.solution import Solution, Solver

EMPTY = Box((0, 0, 0), (0, 0, 0))


@dataclass(frozen=True)
class FieldPatch:
    """The new vectors (z, y, x, 3) of the voxels in `box`; outside nothing changed by a bit."""

    box: Box
    vectors_mm: NDArray[np.float32]


class Residual(NamedTuple):
    """Distance in mm between a click's target and the field at the click, before and after an edit."""

    id: str
    before_mm: float
    after_mm: float


@dataclass(frozen=True)
class Refinement:
    """What an edit did: the patch, the residual of every correspondence now in the set, folds (J <= 0) in the box.

    radii_mm: support of each click's bump. relaxed: clicks met only in part, because meeting them would fold the field.
    """

    patch: FieldPatch
    residuals: list[Residual]
    folds: int
    radii_mm: dict[str, float]
    relaxed: tuple[str, ...]


def refine(
    base: DisplacementField,
    before: CorrectionSet,
    after: CorrectionSet,
    *,
    settings: RefinementSettings = DEFAULT,
    solver: Solver | None = None,
) -> Refinement:
    """What changes in the field of `base` when the corrections change from `before` to `after`.

    Reads the base (often memory-mapped) only near the clicks. A `solver` of the same base and settings, kept between
    calls, remembers what it solved and saves time; the result is the same.
    """
    solver = solver or Solver(base, settings)
    old, new = solver.solve(before), solver.solve(after)
    box = _changed(base, old, new)
    patch = FieldPatch(box, _vectors(base, new.bumps, box))
    folds = 0 if box.empty else int((jacobian_in(base, new.bumps, box) <= 0).sum())
    radii = {bump.id: bump.radius_mm for bump in new.bumps}
    return Refinement(patch, _residuals(base, old, new), folds, radii, tuple(sorted(new.relaxed)))


def field_with(
    base: DisplacementField,
    corrections: CorrectionSet,
    *,
    settings: RefinementSettings = DEFAULT,
    solver: Solver | None = None,
) -> DisplacementField:
    """The whole field of a set, in memory: bit for bit what any history of edits to this set leads to."""
    vectors = np.array(base.vectors_mm)
    bumps = (solver or Solver(base, settings)).solve(corrections).bumps
    for bump in bumps:
        box = support(base.grid, bump)
        vectors[box.slices] = _vectors(base, bumps, box)
    return DisplacementField(vectors, base.grid)


def _changed(base: DisplacementField, old: Solution, new: Solution) -> Box:
    """The smallest box that holds the supports of all bumps that came, went or changed."""
    box = EMPTY
    for bump in set(old.bumps) ^ set(new.bumps):
        if any(bump.amplitude_mm):
            box = box.union(support(base.grid, bump))
    return box


def _vectors(base: DisplacementField, bumps: Sequence[Bump], box: Box) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.moveaxis(corrected(base, bumps, box), 0, -1))


def _residuals(base: DisplacementField, old: Solution, new: Solution) -> list[Residual]:
    if not new.anchors:
        return []
    before, after = (remaining(base.grid, new.anchors, one.bumps).tolist() for one in (old, new))
    return [Residual(a.id, b, c) for a, b, c in zip(new.anchors, before, after, strict=True)]
