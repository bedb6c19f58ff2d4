"""A tumour, its ablation zone and a field become the margin: how large, where, how much is covered, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.ablation.judgement import Interval
from registration.ablation.regions import PlacedRegion, Region, on_fixed
from registration.ablation.surface import Site, Surface, shell_of, site_of, surface_of
from registration.field.displacement import DisplacementField
from registration.metrics.margin import CAPSULE_MM, SAFE_MM
from registration.metrics.shells import Shell
from registration.result import Judged


@dataclass(frozen=True)
class Treatment:
    """What was drawn, each on either scan. organ: for a subcapsular tumour; surface near its border is left out."""

    tumour: Region
    ablation: Region
    organ: Region | None = None
    capsule_mm: float = CAPSULE_MM


@dataclass(frozen=True)
class Assessment:
    """The margin of one tumour. regions: by name, on the fixed grid. worst_mm: the place of the minimal margin, LPS.

    tumour_percent: of the tumour's volume inside the zone. shell: of the tissue within 5 mm around it.
    """

    regions: dict[str, PlacedRegion]
    site: Site
    surface: Surface
    worst_mm: dict[str, tuple[float, float, float]]
    tumour_percent: float
    shell: Shell
    capsule_mm: float

    @property
    def minimum_mm(self) -> Interval:
        """The minimal margin. Its limits hold each point's own bound against it, nine times in ten at every point."""
        low, high = (self.surface.margin_mm + sign * self.surface.bound_mm for sign in (-1, 1))
        return Interval(float(self.surface.margin_mm.min()), float(low.min()), float(high.min()))

    def share_percent(self, threshold_mm: float) -> Interval:
        """Share of the assessed surface with at least this margin."""
        margin, bound = self.surface.margin_mm, self.surface.bound_mm
        shares = (100.0 * float((one >= threshold_mm).mean()) for one in (margin, margin - bound, margin + bound))
        return Interval(*shares)


def assess(treatment: Treatment, field: DisplacementField, judged: Judged) -> Assessment:
    """The margin by this field, which `judged` says how far to trust.

    What was drawn on the moving scan is pulled to the fixed grid, and everything is measured there. Raises
    `figure-undefined`, `mask-empty`, `mask-grid-mismatch`, `scans-do-not-overlap`.
    """
    drawn = {"tumour": treatment.tumour, "ablation": treatment.ablation, "organ": treatment.organ}
    regions = {name: on_fixed(name, region, field) for name, region in drawn.items() if region}
    organ = regions["organ"].mask if "organ" in regions else None
    tumour, zone = regions["tumour"].mask, regions["ablation"].mask
    site = site_of(tumour, zone, organ, field.grid, treatment.capsule_mm)
    surface = surface_of(site, field.grid, judged)
    covered = 100.0 * float(zone[tumour].mean())
    return Assessment(
        regions, site, surface, _both_scans(surface, field), covered, shell_of(site, SAFE_MM), treatment.capsule_mm
    )


def _both_scans(surface: Surface, field: DisplacementField) -> dict[str, tuple[float, float, float]]:
    """The place of the minimal margin in the fixed and in the moving scan."""
    fixed = surface.points_mm[surface.worst]
    (moving,) = field.map_points(fixed[None])
    places = {"fixed": np.asarray(fixed), "moving": moving}
    return {scan: (float(x), float(y), float(z)) for scan, (x, y, z) in places.items()}
