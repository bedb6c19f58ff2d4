"""What was drawn on the scans of a registration, and what a client reads about the margin."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from registration.metrics.margin import CAPSULE_MM
from service.schemas import Body, Point

EXAMPLE: dict[str, JsonValue] = {
    "tumour": {"scan": "fixed", "mask": "5f2b9c0d7e8a41f36b7c8d9e0f1a2b3c"},
    "ablation": {"scan": "moving", "mask": "c5cbc099a55384726c771831cb0e7c68"},
}
WIDEST_CAPSULE_MM = 50.0
Verdict = Literal["below", "not-separable", "reached", "unknown"]
Scan = Literal["fixed", "moving"]


class DrawnIn(Body):
    """A mask on one of the scans: the id of a series on that scan's grid, as `POST /v1/series/{id}/masks` makes it."""

    scan: Scan
    mask: str


class MarginIn(Body):
    """A tumour and its ablation zone, each on either scan.

    organ: for a subcapsular tumour; surface less than `capsule_mm` from the organ's border is left out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    tumour: DrawnIn
    ablation: DrawnIn
    organ: DrawnIn | None = None
    capsule_mm: float = Field(CAPSULE_MM, ge=0, le=WIDEST_CAPSULE_MM)


class IntervalOut(BaseModel):
    """As measured, and with the bound taken off (`least`) or added (`most`) at every point; null where unknown."""

    measured: float
    least: float | None
    most: float | None


class PlaceOut(BaseModel):
    """The same tissue in both scans, LPS millimetres."""

    fixed: Point
    moving: Point


class RegionOut(BaseModel):
    """One mask: its volume as drawn and on the fixed grid, and the share that the fixed scan does not reach."""

    scan: Scan
    drawn_ml: float
    ml: float
    left_percent: float


class VerdictsOut(BaseModel):
    """Of both thresholds: `covered` is 0 mm, `safe` is `safe_mm`."""

    covered: Verdict
    safe: Verdict


class SharesOut(BaseModel):
    """Of both thresholds: `covered` is 0 mm, `safe` is `safe_mm`."""

    covered: IntervalOut
    safe: IntervalOut


class CoverageOut(BaseModel):
    """Percent in the zone of the tumour's volume, and of the tissue within `safe_mm` around it (null: no voxel)."""

    tumour: float
    shell: float | None


class HistogramOut(BaseModel):
    """Voxels of the surface by margin; each bar holds its lower edge."""

    edges_mm: list[int]
    voxels: list[int]


class SurfaceOut(BaseModel):
    """The tumour's surface for drawing, thinned, the place of the minimal margin first."""

    fixed_mm: list[Point]
    margin_mm: list[float]
    bound_mm: list[float | None]


class MarginOut(BaseModel):
    """The margin of one tumour by one revision; docs/architecture/17-margin.md defines the figures."""

    revision: int
    notice: str
    minimum_mm: IntervalOut
    at: PlaceOut = Field(description="Where the minimal margin lies")
    judgement: str = Field(description="What to take away, in words")
    verdicts: VerdictsOut = Field(description="Whether the minimal margin reaches the threshold")
    safe_mm: float
    bound_level: float = Field(description="How often the field's error stays below the bound of a point")
    surface_percent: SharesOut = Field(description="Share of the surface with that margin or more")
    volume_percent: CoverageOut
    regions: dict[str, RegionOut]
    surface_voxels: int
    near_capsule_voxels: int
    histogram: HistogramOut
    points: SurfaceOut
    warnings: list[str] = Field(description="What makes the figures doubtful beyond the bound")
    notes: list[str]
