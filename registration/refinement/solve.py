"""Anchors with given radii become bumps whose sum, as sampled on the grid and read trilinearly, meets every target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Grid
from registration.refinement.anchors import Anchor, reading
from registration.refinement.bumps import Bump, Floats

SINGULAR = 1e-9
"""Directions of M below this share of its largest are left out: clicks on one spot share what they want."""


def solved(grid: Grid, anchors: Sequence[Anchor], radii_mm: Floats, ridge: Floats) -> list[Bump]:
    """One bump per anchor: (M + diag(ridge)) a = wanted, block by block in float64. A ridge of zero is exact."""
    centres = [(float(x), float(y), float(z)) for x, y, z in (a.centre for a in anchors)]
    unit = [Bump(a.id, c, float(r), (0.0, 0.0, 0.0)) for a, c, r in zip(anchors, centres, radii_mm, strict=True)]
    matrix = reading(grid, anchors, unit)
    wanted = np.stack([a.wanted_mm for a in anchors])
    bumps = list(unit)
    for block in connected((matrix != 0) | (matrix.T != 0) | np.eye(len(anchors), dtype=bool)):
        square = matrix[np.ix_(block, block)] + np.diag(ridge[block])
        amplitudes = np.linalg.lstsq(square, wanted[block], rcond=SINGULAR)[0]
        for i, (x, y, z) in zip(block, amplitudes.tolist(), strict=True):
            bumps[i] = Bump(unit[i].id, unit[i].centre, unit[i].radius_mm, (x, y, z))
    return bumps


def connected(linked: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """The connected components of a symmetric relation (n, n) with every i linked to itself, each as sorted indices."""
    count = len(linked)
    label = np.arange(count)
    while count > 1 and not np.array_equal(label, lowest := np.where(linked, label, count).min(axis=1)):
        label = lowest
    return [np.flatnonzero(label == first) for first in np.unique(label)]
