"""Groups of clicks become changes of the field by the paper's way: the clicks join N(x) near them, the kernel reweighs.

    d'(x) = d(x) + B(x) (K(x; matches + clicks) - K(x; matches)),   B = 1 within R/2 of a click, 0 from R on

K is a convex combination, so a click is approached, not met, and B confines what would reach as far as keys are sparse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Box, Grid
from registration.refinement.bumps import Bump, Floats, moved, support
from registration.refinement.corrections import CorrectionSet, Correspondence
from registration.refinement.solve import connected


class PointKernel(Protocol):
    """What the kernel says at points when more correspondences join its matches."""

    def __call__(self, points_mm: Floats, fixed_mm: Floats, moving_mm: Floats) -> Floats:
        """Displacements (N, 3) mm at points (N, 3), with K extra pairs (K, 3), (K, 3); K may be 0."""


@dataclass(frozen=True)
class Change:
    """What one group adds to the field: `vectors_mm` (z, y, x, 3) on the voxels of `box`."""

    box: Box
    vectors_mm: NDArray[np.float64]


def groups_of(corrections: CorrectionSet, radius_mm: float) -> list[tuple[Correspondence, ...]]:
    """The correspondences whose supports touch, together; a function of the set."""
    members = corrections.correspondences
    if not members:
        return []
    places = np.array([one.fixed_mm for one in members])
    steps = places[:, None] - places
    reach = 2 * radius_mm + 2 * max(corrections.grid.spacing_mm)
    linked = np.sqrt((steps * steps).sum(axis=-1)) < reach
    return [tuple(members[i] for i in group) for group in connected(linked)]


def change_of(grid: Grid, group: Sequence[Correspondence], kernel: PointKernel, radius_mm: float) -> Change:
    """The change that a group makes, always computed whole: its bits do not depend on who else is there."""
    box, blend = _blend(grid, group, radius_mm)
    inside = blend > 0
    points = grid.voxel_points(box.start, box.stop)[inside]
    fixed, moving = (np.array([getattr(one, side) for one in group]) for side in ("fixed_mm", "moving_mm"))
    nobody = np.empty((0, 3))
    vectors = np.zeros((*blend.shape, 3))
    vectors[inside] = blend[inside, None] * (kernel(points, fixed, moving) - kernel(points, nobody, nobody))
    return Change(box, vectors)


def _blend(grid: Grid, group: Sequence[Correspondence], radius_mm: float) -> tuple[Box, Floats]:
    """The voxels around the group, and B (z, y, x) there: 3s² - 2s³ from R/2 to R, the largest of all clicks."""
    balls = [_ball(grid, one, radius_mm) for one in group]
    boxes = [support(grid, ball) for ball in balls]
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    blend = np.zeros(whole.shape)
    for ball, box in zip(balls, boxes, strict=True):
        steps = (np.moveaxis(np.indices(box.shape), 0, -1)[..., ::-1] + box.start - ball.centre) * grid.spacing_mm
        rest = np.clip(2 - 2 * np.sqrt((steps * steps).sum(axis=-1)) / radius_mm, 0, 1)
        part = blend[moved(box, whole.start).slices]
        np.maximum(part, rest * rest * (3 - 2 * rest), out=part)
    return whole, blend


def _ball(grid: Grid, one: Correspondence, radius_mm: float) -> Bump:
    x, y, z = grid.mm_to_index(one.fixed_mm).tolist()
    return Bump(one.id, (x, y, z), radius_mm, (0.0, 0.0, 0.0))
