"""Tumour and zone on one grid become the tumour's surface: points with their margins and the bounds of the field there.

Everything is measured in the box that matters, not in the whole scan: distances there are the same to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from registration.field.displacement import map_at
from registration.geometry import Box, Grid
from registration.geometry.grid import Floats
from registration.metrics.margin import SAFE_MM, ablative_margins, assessed_border, border
from registration.metrics.overlap import Mask
from registration.metrics.shells import Shell, shell_coverage
from registration.metrics.undefined import UndefinedError
from registration.products.blocks import cropped_grid
from registration.result import Judged


@dataclass(frozen=True)
class Site:
    """Masks (z, y, x) on `grid`, cut to the tumour, the zone, and the tissue around the tumour that counts."""

    tumour: Mask
    zone: Mask
    organ: Mask | None
    grid: Grid
    capsule_mm: float


@dataclass(frozen=True)
class Surface:
    """Border voxels of the tumour: `points_mm` (N, 3) in the fixed scan, `margin_mm` (N,), `bound_mm` (N,).

    bound_mm: what the field's error stays below there nine times in ten; infinite where nothing is promised.
    near_capsule: how many more were left out for the organ's border.
    """

    points_mm: Floats
    margin_mm: Floats
    bound_mm: Floats
    near_capsule: int

    @property
    def worst(self) -> int:
        """The point of the least margin; of equals the one with the largest bound."""
        return int(np.lexsort((-self.bound_mm, self.margin_mm))[0])


def site_of(tumour: Mask, zone: Mask, organ: Mask | None, grid: Grid, capsule_mm: float) -> Site:
    """The part of the grid that the margin depends on. Raises UndefinedError for a tumour outside its organ."""
    if organ is not None and not (organ & tumour).any():
        raise UndefinedError("The tumour lies outside the organ.")
    rim = math.ceil(max(capsule_mm, SAFE_MM) / min(grid.spacing_mm)) + 1
    box = box_of(tumour).union(box_of(zone)).grown(rim, grid.size)
    cut = None if organ is None else organ[box.slices]
    return Site(tumour[box.slices], zone[box.slices], cut, cropped_grid(grid, box), capsule_mm)


def surface_of(site: Site, field_grid: Grid, judged: Judged) -> Surface:
    """The assessed surface; the error map lies on `field_grid`. Raises UndefinedError."""
    spacing = site.grid.spacing_mm
    asked = assessed_border(site.tumour, spacing, organ=site.organ, capsule_mm=site.capsule_mm)
    margins = ablative_margins(site.tumour, site.zone, spacing, organ=site.organ, capsule_mm=site.capsule_mm)
    z, y, x = np.nonzero(asked)
    points = site.grid.index_to_mm(np.stack([x, y, z], -1))
    expected = map_at(judged.error_mm, field_grid, points).astype(np.float32)
    left_out = int(np.count_nonzero(border(site.tumour))) - len(points)
    return Surface(points, margins, judged.bounds.at(expected).astype(np.float64), left_out)


def shell_of(site: Site, thickness_mm: float) -> Shell:
    """How much of the tissue within so many mm of the tumour was treated."""
    return shell_coverage(site.tumour, site.zone, site.grid.spacing_mm, thickness_mm=(thickness_mm,), organ=site.organ)[
        0
    ]


def box_of(mask: Mask) -> Box:
    """The smallest box around the voxels of a mask that has some."""
    found = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in (2, 1, 0)]
    (ax, bx), (ay, by), (az, bz) = ((int(one[0]), int(one[-1]) + 1) for one in found)
    return Box((ax, ay, az), (bx, by, bz))
