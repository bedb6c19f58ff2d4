"""Where the slices of a stack lie, and the objection when that is no regular grid: gaps, unequal spacing, tilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from registration.dicom.frame import Frame
from registration.errors import ScanError
from registration.geometry.grid import Floats

STEP_TOLERANCE = 0.02
"""Two steps are equal when they differ by less than this share of the median step, or by ROUNDING_MM."""
ROUNDING_MM = 0.03
DRIFT_TOLERANCE = 0.25
"""Sideways drift of the whole stack, in pixels, above which it counts as tilted."""
LISTED = 20
"""Most gaps or steps that an objection lists."""


@dataclass(frozen=True)
class Places:
    """Slices in order: `depth_mm` (n,) along the normal, `sideways_mm` (n, 2) along rows and columns from the first."""

    depth_mm: Floats
    sideways_mm: Floats

    @property
    def step_mm(self) -> float:
        """The usual distance between neighbours: their median."""
        return float(np.median(np.diff(self.depth_mm)))

    @property
    def tolerance_mm(self) -> float:
        """How much a step may differ from the usual one."""
        return max(STEP_TOLERANCE * self.step_mm, ROUNDING_MM)

    @property
    def drift_mm(self) -> float:
        """Largest sideways shift against the first slice."""
        return float(np.linalg.norm(self.sideways_mm, axis=1).max())

    @property
    def tilt_degrees(self) -> float:
        """Angle between the normal and the way from the first to the last slice."""
        along = abs(float(self.depth_mm[-1] - self.depth_mm[0]))
        return float(np.degrees(np.arctan2(np.linalg.norm(self.sideways_mm[-1]), along)))

    def drifts(self, pixel_mm: tuple[float, float]) -> bool:
        """Whether the slices shift by more than rounding."""
        return self.drift_mm > DRIFT_TOLERANCE * min(pixel_mm)


def objection_to(order: Sequence[Frame], places: Places) -> ScanError | None:
    """Why these frames are no regular grid: `series-tilted`, `series-missing-slices`, `series-unequal-spacing`."""
    if places.drifts(order[0].pixel_mm):
        return _tilted(order, places)
    steps, step = np.diff(places.depth_mm), places.step_mm
    uneven = np.flatnonzero(np.abs(steps - step) > places.tolerance_mm)
    if not len(uneven):
        return None
    missing = np.rint(steps[uneven] / step) - 1
    whole = np.abs(steps[uneven] - (missing + 1) * step) <= places.tolerance_mm * (missing + 1)
    if np.all(whole & (missing >= 1)):
        return _missing(order, places, uneven, missing)
    return _unequal(order, places, uneven)


def _tilted(order: Sequence[Frame], places: Places) -> ScanError:
    """Names the first slice and the one that lies furthest aside: the last one where the gantry was tilted."""
    furthest = int(np.argmax(np.linalg.norm(places.sideways_mm, axis=1)))
    angle, drift = places.tilt_degrees, places.drift_mm
    ends = [order[0].instance_uid, order[furthest].instance_uid]
    message = (
        f"The slices shift sideways by up to {drift:.2f} mm, between instances {' and '.join(ends)}:"
        f" gantry tilt of {angle:.2f} degrees from first to last"
    )
    return ScanError("series-tilted", message, tilt_degrees=angle, drift_mm=drift, instances=ends)


def _unequal(order: Sequence[Frame], places: Places, uneven: np.ndarray) -> ScanError:
    steps, step = np.diff(places.depth_mm), places.step_mm
    listing = [_between(order, places, int(i)) | {"step_mm": round(float(steps[i]), 4)} for i in uneven[:LISTED]]
    text = "; ".join(f"{one['step_mm']} mm between {_text(one)}" for one in listing[:5])
    message = f"Slices must be equally spaced: {step:.3f} mm apart by median, but {len(uneven)} steps differ: {text}"
    return ScanError(
        "series-unequal-spacing",
        message,
        median_mm=step,
        smallest_mm=float(steps.min()),
        largest_mm=float(steps.max()),
        steps=listing,
    )


def _missing(order: Sequence[Frame], places: Places, gaps: np.ndarray, missing: Floats) -> ScanError:
    listing = [_between(order, places, int(i)) | {"missing": int(n)} for i, n in zip(gaps, missing, strict=True)]
    text = "; ".join(f"{one['missing']} between {_text(one)}" for one in listing[:5])
    message = f"{int(missing.sum())} slices are missing: {text}"
    return ScanError("series-missing-slices", message, gaps=listing[:LISTED])


def _between(order: Sequence[Frame], places: Places, index: int) -> dict[str, Any]:
    """The two neighbours of a step: positions along the normal, and instances."""
    return {
        "between_mm": [round(float(places.depth_mm[i]), 3) for i in (index, index + 1)],
        "between_instances": [order[i].name for i in (index, index + 1)],
    }


def _text(one: dict[str, Any]) -> str:
    low, high = one["between_instances"]
    return f"{one['between_mm']} mm (instances {low} and {high})"
