"""Correspondences become anchors: where the base field must be pulled to, and through which voxels it is read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField, trilinear_corners
from registration.geometry import Grid
from registration.refinement.bumps import Bump, Floats, wendland
from registration.refinement.corrections import Correspondence


@dataclass(frozen=True, eq=False)
class Anchor:
    """One click on the base field: `wanted_mm` (3,) = target - base, read at `corners` (8, 3) with `weights` (8,).

    `corner_mm` (8, 3) is the base at the corners.
    """

    id: str
    centre: Floats
    corners: NDArray[np.int64]
    weights: Floats
    corner_mm: Floats
    wanted_mm: Floats


def anchor(base: DisplacementField, one: Correspondence) -> Anchor:
    """The anchor of one correspondence. One at a time, so that its bits do not depend on its company."""
    corners, weights = (part[0] for part in trilinear_corners(base.grid, [one.fixed_mm]))
    x, y, z = corners.T
    values = base.vectors_mm[z, y, x].astype(np.float64)
    wanted = np.subtract(one.moving_mm, one.fixed_mm) - (weights[:, None] * values).sum(axis=0)
    return Anchor(one.id, base.grid.mm_to_index(one.fixed_mm), corners, weights, values, wanted)


def reading(grid: Grid, anchors: Sequence[Anchor], bumps: Sequence[Bump]) -> Floats:
    """M (anchors, bumps): what a trilinear reader sees at each anchor of each bump of amplitude one.

    Solving with M, not with φ at the clicks themselves, makes the sampled field exact between voxel centres.
    """
    phi = at_corners(grid, np.stack([a.corners for a in anchors]), bumps)
    return np.asarray((phi * np.stack([a.weights for a in anchors])[..., None]).sum(axis=1))


def at_corners(grid: Grid, corners: NDArray[np.int64], bumps: Sequence[Bump]) -> Floats:
    """φ (N, 8, bumps) at voxels (N, 8, 3)."""
    centres = np.array([b.centre for b in bumps])
    radii = np.array([b.radius_mm for b in bumps])
    steps = (corners[:, :, None] - centres) * (np.asarray(grid.spacing_mm) / radii[:, None])
    return wendland((steps * steps).sum(axis=-1))


def remaining(grid: Grid, anchors: Sequence[Anchor], bumps: Sequence[Bump]) -> Floats:
    """Distances (anchors,) in mm between the targets and what a reader of the corrected float32 field finds there."""
    base = np.stack([a.corner_mm for a in anchors])  # (n, 8, 3)
    weights = np.stack([a.weights for a in anchors])[..., None]
    corrected = base
    if bumps:
        phi = at_corners(grid, np.stack([a.corners for a in anchors]), bumps)
        corrected = (base + phi @ np.array([b.amplitude_mm for b in bumps])).astype(np.float32)
    missing = np.stack([a.wanted_mm for a in anchors]) - (weights * (corrected - base)).sum(axis=1)
    return np.asarray(np.linalg.norm(missing, axis=-1))
