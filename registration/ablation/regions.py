"""A region drawn on either scan becomes a mask on the fixed grid, with its volumes there and where it was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from registration.errors import ScanError
from registration.field.displacement import DisplacementField
from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError
from registration.products.carried import carried
from registration.volume import Volume

Side = Literal["fixed", "moving"]


@dataclass(frozen=True)
class Region:
    """The voxels of `mask` (z, y, x) that are not 0, on the grid of the scan they were drawn on."""

    scan: Side
    mask: Volume


@dataclass(frozen=True)
class PlacedRegion:
    """`mask` (z, y, x) on the fixed grid. ml: its volume there; drawn_ml: on the scan it was drawn on.

    left_percent: the share of it that lies where the fixed scan does not reach.
    """

    scan: Side
    mask: Mask
    ml: float
    drawn_ml: float
    left_percent: float


def on_fixed(name: str, region: Region, field: DisplacementField) -> PlacedRegion:
    """The region where the fixed scan has it; one of the moving scan is pulled there, the label that weighs most wins.

    Raises `mask-empty`, `mask-grid-mismatch`, `figure-undefined` where nothing of it arrives.
    """
    selected = region.mask.values > 0
    if not selected.any():
        raise ScanError("mask-empty", f"The mask of the {name} selects no voxel.")
    if region.scan == "fixed":
        _require_grid(name, region, field)
        ml = _millilitres(selected, field.grid.spacing_mm)
        return PlacedRegion("fixed", selected, ml, ml, 0.0)
    found = carried(Volume(selected.astype(np.float32), region.mask.grid), field, "labels")
    mask = np.asarray(found.volume.values > 0)
    if not mask.any():
        raise UndefinedError(f"The field leads no part of the {name} into the fixed scan.")
    (row,) = found.summary["labels"]
    return PlacedRegion("moving", mask, row["after_ml"], row["before_ml"], row["left_percent"])


def _require_grid(name: str, region: Region, field: DisplacementField) -> None:
    if not region.mask.grid.same_place(field.grid):
        size, got = field.grid.size, region.mask.grid.size
        message = f"The mask of the {name} must lie on the fixed scan's grid of {size} voxels (x, y, z), got {got}"
        raise ScanError("mask-grid-mismatch", f"{message} or another place.")


def _millilitres(mask: Mask, spacing_mm: tuple[float, float, float]) -> float:
    return 1e-3 * float(np.count_nonzero(mask)) * float(np.prod(spacing_mm))
