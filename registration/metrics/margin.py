"""A tumour and an ablation zone become the margin: how deep inside the zone each voxel of the tumour's border lies.

Signed distances between border voxels, in mm and exact: 0 where the borders coincide, positive inside the zone, as QAM
measures them. The minimum over the border is the minimal ablative margin. Both masks lie on one grid: the zone, which
is seen after treatment, is pulled to the scan that shows the tumour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt

from registration.geometry.grid import Floats
from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError

SAFE_MM, CAPSULE_MM = 5.0, 5.0


@dataclass(frozen=True)
class MarginFigures:
    """Minimal ablative margin, mm, and the shares of the tumour's border inside the zone and `safe_mm` deep in it."""

    minimum_mm: float
    covered_percent: float
    safe_percent: float
    safe_mm: float
    voxels: int


def ablative_margins(
    tumour: Mask,
    zone: Mask,
    spacing_mm: tuple[float, float, float],
    *,
    organ: Mask | None = None,
    capsule_mm: float = CAPSULE_MM,
) -> Floats:
    """Margins (N,) mm at the voxels of `assessed_border`, in array order; masks (z, y, x), spacing (x, y, z) mm.

    Raises UndefinedError when a mask is empty, or nothing is left.
    """
    if not zone.any():
        raise UndefinedError("A margin needs tumour and zone, the mask of the zone is empty.")
    asked = assessed_border(tumour, spacing_mm, organ=organ, capsule_mm=capsule_mm)
    depth = from_border(zone, spacing_mm)[asked]
    return np.asarray(np.where(zone[asked], depth, -depth))


def assessed_border(
    tumour: Mask, spacing_mm: tuple[float, float, float], *, organ: Mask | None = None, capsule_mm: float = CAPSULE_MM
) -> Mask:
    """The voxels (z, y, x) of the tumour's border that need a margin.

    organ: given for a subcapsular tumour; border voxels less than `capsule_mm` from the organ's border are left out,
    for there is nothing to ablate beyond it. Raises UndefinedError when a mask is empty, or nothing is left.
    """
    for name, mask in (("tumour", tumour), ("organ", organ)):
        if mask is not None and not mask.any():
            raise UndefinedError(f"A margin needs tumour and zone, the mask of the {name} is empty.")
    asked = border(tumour)
    if organ is not None:
        asked &= from_border(organ, spacing_mm) >= capsule_mm
        if not asked.any():
            raise UndefinedError(f"The whole border of the tumour lies within {capsule_mm:g} mm of the organ's border.")
    return asked


def margin_figures(margins: Floats, *, safe_mm: float = SAFE_MM) -> MarginFigures:
    """What is quoted of the margins (N,) mm, N >= 1, of one tumour."""
    covered, safe = (100.0 * float((margins >= least).mean()) for least in (0.0, safe_mm))
    return MarginFigures(float(margins.min()), covered, safe, safe_mm, len(margins))


def border(mask: Mask) -> Mask:
    """The voxels of a mask with a face neighbour outside it; outside the array is outside."""
    return np.asarray(mask & ~binary_erosion(mask))


def from_border(mask: Mask, spacing_mm: tuple[float, float, float]) -> Floats:
    """Distance (z, y, x) mm of every voxel centre from the nearest border voxel of a filled mask."""
    return np.asarray(distance_transform_edt(~border(mask), sampling=spacing_mm[::-1]))
