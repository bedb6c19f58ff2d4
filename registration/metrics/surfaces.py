"""Two masks become the distances between their surfaces, weighted by area: ASSD, Hausdorff 95 %.

As DeepMind's surface-distance defines it: a surface element lies at the corner of eight voxels that are not all alike,
its area (mm^2) is that of marching cubes, from the table of that package; distances are exact Euclidean ones between
elements. Its own code does not run with today's numpy (`np.Inf`), its table does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate, distance_transform_edt, find_objects
from surface_distance.lookup_tables import (
    ENCODE_NEIGHBOURHOOD_3D_KERNEL,
    create_table_neighbour_code_to_surface_area,
)

from registration.geometry.grid import Floats
from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError

INSIDE = 0b11111111
"""The code of eight voxels that all belong to the mask."""


@dataclass(frozen=True)
class Directed:
    """Of every element of one surface, nearest first: distance to the other surface (N,) mm and its area (N,) mm^2."""

    distance_mm: Floats
    area_mm2: Floats

    def percentile(self, percent: float) -> float:
        """The distance below which this share of the surface's area lies, mm."""
        reached = np.cumsum(self.area_mm2) / self.area_mm2.sum()
        return float(self.distance_mm[min(int(np.searchsorted(reached, percent / 100)), len(reached) - 1)])


def surface_distances(one: Mask, other: Mask, spacing_mm: tuple[float, float, float]) -> tuple[Directed, Directed]:
    """From the first surface to the second and back; masks (z, y, x), spacing (x, y, z) mm.

    Raises UndefinedError when a mask is empty.
    """
    if not (one.any() and other.any()):
        raise UndefinedError("Surface distances need two surfaces, a mask is empty.")
    around = find_objects((one | other).astype(np.int8))[0]
    steps = np.asarray(spacing_mm[::-1], np.float64)
    areas = create_table_neighbour_code_to_surface_area(steps)
    codes = [_codes(mask[around]) for mask in (one, other)]
    surfaces = [(code != 0) & (code != INSIDE) for code in codes]
    away = [distance_transform_edt(~surface, sampling=steps) for surface in surfaces]
    there = _sorted(away[1][surfaces[0]], areas[codes[0][surfaces[0]]])
    back = _sorted(away[0][surfaces[1]], areas[codes[1][surfaces[1]]])
    return there, back


def average_symmetric_mm(there: Directed, back: Directed) -> float:
    """ASSD: the mean distance over the area of both surfaces together, mm."""
    total = float(there.distance_mm @ there.area_mm2 + back.distance_mm @ back.area_mm2)
    return total / float(there.area_mm2.sum() + back.area_mm2.sum())


def hausdorff_mm(there: Directed, back: Directed, percent: float = 95.0) -> float:
    """HD95: the larger of both directions' percentiles over the area, mm."""
    return max(there.percentile(percent), back.percentile(percent))


def _codes(mask: Mask) -> NDArray[np.uint8]:
    """For each corner (z + 2, y + 2, x + 2) of voxels, which of the eight around it belong to the mask, as bits."""
    padded = np.pad(mask.astype(np.uint8), 1)
    return np.asarray(correlate(padded, ENCODE_NEIGHBOURHOOD_3D_KERNEL, mode="constant", cval=0), np.uint8)


def _sorted(distance: Floats, area: Floats) -> Directed:
    order = np.argsort(distance, kind="stable")
    return Directed(distance[order], area[order])
