"""A body and a motion become a pair of scans whose true displacement is known everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.phantom.appearance import CT, Appearance, appear
from registration.phantom.body import Body, Look
from registration.phantom.motion import Motion
from registration.phantom.organs import Ball
from registration.volume import Volume

Kind = Literal["thorax", "abdomen"]
GRIDS: dict[Kind, Grid] = {
    "thorax": Grid((136, 106, 100), (2.5, 2.5, 2.5), (-168.75, -139.0, -60.0)),
    "abdomen": Grid((136, 106, 100), (2.5, 2.5, 2.5), (-168.75, -139.0, -180.0)),
}
MOTION_MM: dict[Kind, float] = {"thorax": 20.0, "abdomen": 14.0}
LANDMARKS = 120
JITTER_MM = 2.0


@dataclass(frozen=True)
class PhantomPair:
    """Two scans of one body and the truth: `field(points)` gives displacements (N, 3) mm, fixed to moving, exactly.

    Landmarks (N, 3) mm lie near vessel forks of lung and liver, row by row: moving = fixed + field(fixed). Masks are
    0/1 on their scan's grid: `lung`, `liver`, `tumour`, and `ablation_zone` in the moving scan of the abdomen.
    """

    kind: Kind
    seed: int
    fixed: Volume
    moving: Volume
    field: Callable[[ArrayLike], NDArray[np.float64]]
    landmarks_fixed: Floats
    landmarks_moving: Floats
    fixed_masks: dict[str, Volume]
    moving_masks: dict[str, Volume]
    body: Body
    motion: Motion


def make_phantom(
    kind: Kind,
    *,
    seed: int,
    grid: Grid | None = None,
    moving_grid: Grid | None = None,
    motion_mm: float | None = None,
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    appearance: Appearance = CT,
) -> PhantomPair:
    """A thorax (inhale to exhale) or abdomen (before to after ablation) on any grids.

    The anatomy is defined at rest, in the moving scan; the fixed scan at x shows what lies at x + d(x), with lung
    density thinned by the change of volume. `offset_mm` moves the patient on the table between the scans.
    """
    rng = np.random.default_rng([seed, len(kind)])
    body = Body.random(rng)
    motion = Motion.random(body.torso, MOTION_MM[kind] if motion_mm is None else motion_mm, rng, offset_mm)
    zone = _ablation(body.liver_tumour, rng) if kind == "abdomen" else None
    fixed_grid, other_grid = grid or GRIDS[kind], moving_grid or grid or GRIDS[kind]
    fixed_points, moving_points = (g.voxel_points().reshape(-1, 3) for g in (fixed_grid, other_grid))
    displacement, jacobian = motion.displacement_and_jacobian(fixed_points)
    fixed_rest, moving_rest = fixed_points + displacement - offset_mm, moving_points - np.asarray(offset_mm)
    seen_fixed, seen_moving = body.look(fixed_rest, jacobian), body.look(moving_rest, None, zone)
    return PhantomPair(
        kind,
        seed,
        _scan(seen_fixed, fixed_grid, appearance, rng),
        _scan(seen_moving, other_grid, appearance, rng),
        motion.displacement,
        *_landmarks(body, motion, (fixed_grid, other_grid), rng),
        _masks(kind, body, seen_fixed, fixed_rest, fixed_grid, None),
        _masks(kind, body, seen_moving, moving_rest, other_grid, zone),
        body,
        motion,
    )


def _scan(look: Look, grid: Grid, appearance: Appearance, rng: np.random.Generator) -> Volume:
    return Volume(appear(look.hounsfield.reshape(grid.shape), appearance, rng), grid)


def _ablation(tumour: Ball, rng: np.random.Generator) -> Ball:
    """A zone around the tumour, not quite centred: the margin differs from side to side."""
    x, y, z = (float(v) for v in np.asarray(tumour.centre) + rng.uniform(-3, 3, 3))
    a, b, c = (float(v) for v in np.asarray(tumour.radii) + rng.uniform(4, 9, 3))
    return Ball((x, y, z), (a, b, c))


def _landmarks(body: Body, motion: Motion, grids: tuple[Grid, Grid], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Points near vessel forks that both scans show, fixed and moving (N, 3)."""
    forks = np.concatenate([body.plumbing.lung_forks, body.plumbing.liver_forks])
    look = body.look(forks)
    forks = forks[np.minimum(look.lung_mm, look.liver_mm) < -3]
    shifted = forks + rng.uniform(-JITTER_MM, JITTER_MM, forks.shape) + motion.offset_mm
    fixed, found = motion.fixed_points(shifted)
    moving = fixed + motion.displacement(fixed)
    seen = np.flatnonzero(found & grids[0].contains(fixed) & grids[1].contains(moving))
    chosen = np.sort(rng.choice(seen, min(LANDMARKS, len(seen)), replace=False))
    return fixed[chosen], moving[chosen]


def _masks(kind: Kind, body: Body, look: Look, points: Floats, grid: Grid, zone: Ball | None) -> dict[str, Volume]:
    tumour = body.liver_tumour if kind == "abdomen" else body.nodule
    flat = points.astype(np.float32)
    distances = {"lung": look.lung_mm, "liver": look.liver_mm, "tumour": tumour.distance(flat)}
    if zone is not None:
        distances["ablation_zone"] = zone.distance(flat)
    return {n: Volume((d < 0).astype(np.float32).reshape(grid.shape), grid) for n, d in distances.items()}
