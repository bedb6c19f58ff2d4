"""A minimal margin and what the registration's bound leaves of it become a judgement in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from registration.confidence.bounds import BOUND_LEVEL

Verdict = Literal["below", "not-separable", "reached", "unknown"]


@dataclass(frozen=True)
class Interval:
    """A figure as measured, and with the bound taken off or added at every point of the surface."""

    measured: float
    least: float
    most: float


def verdict(minimum_mm: Interval, threshold_mm: float) -> Verdict:
    """Whether the minimal margin reaches a threshold, whatever the field's error does within its bound."""
    if not math.isfinite(minimum_mm.least):
        return "unknown"
    if minimum_mm.least >= threshold_mm:
        return "reached"
    return "below" if minimum_mm.most < threshold_mm else "not-separable"


def sentence(minimum_mm: Interval, safe_mm: float) -> str:
    """What a reader should take away."""
    measured = f"The minimal margin is {minimum_mm.measured:.1f} mm"
    of_zero, of_safe = verdict(minimum_mm, 0.0), verdict(minimum_mm, safe_mm)
    if of_safe == "unknown":
        return f"{measured}. Nothing is known of this field's error, so how sure that is cannot be said."
    interval = f"{minimum_mm.least:.1f} to {minimum_mm.most:.1f} mm"
    known = f"{measured}; with the {100 * BOUND_LEVEL:.0f} % bound of the registration {interval}."
    return f"{known} {_conclusion(of_zero, of_safe, safe_mm)}"


def _conclusion(of_zero: Verdict, of_safe: Verdict, safe_mm: float) -> str:
    if of_zero == "below":
        return "Part of the tumour's surface lies outside the ablation zone, also with the bound added."
    if of_safe == "reached":
        return f"It is {safe_mm:g} mm or more, also with the bound taken off."
    outside = "not separable from 0 mm: part of the tumour's surface may lie outside the ablation zone"
    safe = f"not separable from {safe_mm:g} mm" if of_safe == "not-separable" else f"below {safe_mm:g} mm"
    if of_zero == "not-separable":
        return f"It is {safe}, and {outside}."
    return f"It is {safe}, but above 0 mm also with the bound taken off."
