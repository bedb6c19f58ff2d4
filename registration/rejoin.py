"""The paper's refinement, for comparison with `refine`: clicks join the kernel near them, and the field follows.

The kernel's keys are the matched keypoints where the base field takes them (`Matches.following`): the finished field,
expressed through the kernel again, so that a click is weighed against what the field says.

Local and a function of the set, as `refine` is, but a click is approached and not met, and nothing guards against
folds: the residuals and the folds say how it went.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import determinants
from registration.geometry import Box
from registration.products.blocks import cropped_grid
from registration.refine import EMPTY, FieldPatch, Refinement, Residual
from registration.refinement.bumps import intersection, moved
from registration.refinement.corrections import CorrectionSet
from registration.refinement.joining import Change, PointKernel, change_of, groups_of
from registration.refinement.settings import DEFAULT, RefinementSettings


def rejoin(
    base: DisplacementField,
    before: CorrectionSet,
    after: CorrectionSet,
    *,
    kernel: PointKernel,
    settings: RefinementSettings = DEFAULT,
) -> Refinement:
    """What changes in the field when the clicks that join the kernel change from `before` to `after`."""
    radius = settings.radius_mm
    sides = [groups_of(one, radius) for one in (before, after)]
    changes = {group: change_of(base.grid, group, kernel, radius) for side in sides for group in side}
    old, new = ([changes[group] for group in side] for side in sides)
    box = EMPTY
    for group in set(sides[0]) ^ set(sides[1]):
        box = box.union(changes[group].box)
    patch = FieldPatch(box, _vectors(base, new, box))
    residuals = [
        Residual(one.id, *(_miss(base, side, one.fixed_mm, one.moving_mm) for side in (old, new)))
        for one in after.correspondences
    ]
    return Refinement(patch, residuals, _folds(base, new, box), dict.fromkeys(after.ids, radius), ())


def field_rejoined(
    base: DisplacementField,
    corrections: CorrectionSet,
    *,
    kernel: PointKernel,
    settings: RefinementSettings = DEFAULT,
) -> DisplacementField:
    """The whole field with these clicks in the kernel, in memory."""
    groups = groups_of(corrections, settings.radius_mm)
    changes = [change_of(base.grid, group, kernel, settings.radius_mm) for group in groups]
    return DisplacementField(_vectors(base, changes, Box((0, 0, 0), base.grid.size)), base.grid)


def _vectors(base: DisplacementField, changes: Sequence[Change], box: Box) -> NDArray[np.float32]:
    total = base.vectors_mm[box.slices].astype(np.float64)
    for change in changes:
        common = intersection(change.box, box)
        if not common.empty:
            total[moved(common, box.start).slices] += change.vectors_mm[moved(common, change.box.start).slices]
    return total.astype(np.float32)


def _miss(
    base: DisplacementField,
    changes: Sequence[Change],
    fixed_mm: tuple[float, float, float],
    moving_mm: tuple[float, float, float],
) -> float:
    """Distance in mm between a target and what a reader finds, from the eight voxels around the click."""
    low = np.clip(np.floor(base.grid.mm_to_index(fixed_mm)).astype(int), 0, np.asarray(base.grid.size) - 1).tolist()
    cell = Box((low[0], low[1], low[2]), (low[0] + 1, low[1] + 1, low[2] + 1)).grown(1, base.grid.size)
    near = DisplacementField(_vectors(base, changes, cell), cropped_grid(base.grid, cell))
    found = near.map_points([fixed_mm])[0]
    return float(np.linalg.norm(found - moving_mm))


def _folds(base: DisplacementField, changes: Sequence[Change], box: Box) -> int:
    if box.empty:
        return 0
    around = box.grown(1, base.grid.size)
    planes = np.ascontiguousarray(np.moveaxis(_vectors(base, changes, around), -1, 0))
    return int((determinants(planes, base.grid)[moved(box, around.start).slices] <= 0).sum())
