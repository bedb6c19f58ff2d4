"""An assessment becomes JSON-ready figures: the service's answer, `margin.json`, and what the report shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from registration.ablation.assessment import Assessment
from registration.ablation.judgement import Interval, sentence, verdict
from registration.ablation.regions import PlacedRegion
from registration.archive import NOTICE
from registration.confidence.bounds import BOUND_LEVEL
from registration.metrics.margin import SAFE_MM
from registration.plain import plain

MOST_POINTS = 4000
"""Points of the surface that are sent for drawing."""
CHANGED = 1.25
"""A region whose volume the field changes by more than this factor is worth a word."""
SUSPICION = "A field that follows the changed look of treated tissue does that too; compare both scans."
THRESHOLDS_MM = {"covered": 0.0, "safe": SAFE_MM}


def told(of: Assessment, *, corrections: int = 0) -> dict[str, Any]:
    """Lengths in mm, points LPS; null where a figure has no value. corrections: how many the field was corrected by."""
    minimum = of.minimum_mm
    thin = not of.shell.voxels
    answer = {
        "notice": NOTICE,
        "minimum_mm": _interval(minimum),
        "at": of.worst_mm,
        "judgement": sentence(minimum, SAFE_MM),
        "verdicts": {name: verdict(minimum, least) for name, least in THRESHOLDS_MM.items()},
        "safe_mm": SAFE_MM,
        "bound_level": BOUND_LEVEL,
        "surface_percent": {name: _interval(of.share_percent(least)) for name, least in THRESHOLDS_MM.items()},
        "volume_percent": {"tumour": of.tumour_percent, "shell": None if thin else of.shell.covered_percent},
        "regions": {name: _region(one) for name, one in of.regions.items()},
        "surface_voxels": len(of.surface.margin_mm),
        "near_capsule_voxels": of.surface.near_capsule,
        "histogram": histogram(of),
        "points": points(of),
        "warnings": list(_warnings(of)),
        "notes": list(_notes(of, corrections)),
    }
    found = plain(answer)
    assert isinstance(found, dict)
    return found


def histogram(of: Assessment) -> dict[str, Any]:
    """How many voxels of the surface lie in each millimetre of margin, the lower edge included."""
    low, high = (int(np.floor(limit(of.surface.margin_mm))) for limit in (np.min, np.max))
    edges = np.arange(low, high + 2)
    return {"edges_mm": edges.tolist(), "voxels": np.histogram(of.surface.margin_mm, edges)[0].tolist()}


def points(of: Assessment, most: int = MOST_POINTS) -> dict[str, Any]:
    """The surface thinned to at most so many points, the place of the minimal margin first."""
    every = max(1, -(-len(of.surface.margin_mm) // most))
    chosen = np.unique(np.arange(0, len(of.surface.margin_mm), every))
    chosen = np.concatenate([[of.surface.worst], chosen[chosen != of.surface.worst]])[:most]
    return {
        "fixed_mm": of.surface.points_mm[chosen].round(3).tolist(),
        "margin_mm": of.surface.margin_mm[chosen].round(3).tolist(),
        "bound_mm": of.surface.bound_mm[chosen].round(3).tolist(),
    }


def _interval(one: Interval) -> dict[str, float]:
    return asdict(one)


def _region(one: PlacedRegion) -> dict[str, Any]:
    return {"scan": one.scan, "drawn_ml": one.drawn_ml, "ml": one.ml, "left_percent": one.left_percent}


def _notes(of: Assessment, corrections: int) -> Iterator[str]:
    pulled = [name for name, one in of.regions.items() if one.scan == "moving"]
    if pulled:
        yield f"Pulled from the moving scan to the fixed scan's grid: {', '.join(pulled)}."
    spacing = " x ".join(f"{s:.2f}" for s in of.site.grid.spacing_mm)
    yield f"Measured on the fixed scan's voxels of {spacing} mm; nothing finer than a voxel is known."
    if corrections:
        yield f"Corrections in the field: {corrections}; its bound is that of the field before them."
    if of.surface.near_capsule:
        count, near = of.surface.near_capsule, f"nearer than {of.capsule_mm:g} mm to the organ's border"
        yield f"{count} voxels of the surface are left out: {near}."
    if not of.shell.voxels:
        yield f"No voxel lies within {SAFE_MM:g} mm of the tumour."


def _warnings(of: Assessment) -> Iterator[str]:
    """What makes the figures doubtful beyond the bound."""
    for name, one in of.regions.items():
        if abs(math.log(one.ml / one.drawn_ml)) > math.log(CHANGED):
            yield f"The field takes the {name} from {one.drawn_ml:.2f} to {one.ml:.2f} ml. {SUSPICION}"
        if one.left_percent:
            yield f"{one.left_percent:.1f} % of the {name} lies where the fixed scan does not reach."
