"""Two series -> reasons for and against comparing them: modality, phase, kernel, contrast, region, plane, thickness."""

from __future__ import annotations

import re

from registration.pairing.reasons import Reason
from registration.pairing.suitability import kernel_number
from registration.pairing.summary import SeriesSummary

PHASES = {
    "arterial": re.compile(r"\b(arter\w*|art)\b"),
    "venous": re.compile(r"\b(\w*venous|\w*ven[oö]s\w*|portal\w*|pv)\b"),
    "late": re.compile(r"\b(delayed|delay|late|sp[aä]t\w*|equilibrium)\b"),
    "native": re.compile(r"\b(nativ\w*|plain|unenhanced|non[- ]?contrast|without contrast|w/?o)\b"),
    "inspiration": re.compile(r"\b(insp\w*|inhal\w*|einatm\w*)\b"),
    "expiration": re.compile(r"\b(exp|expir\w*|exhal\w*|ausatm\w*)\b"),
}
CLOSE_KERNELS = 10
UNEQUAL = 2.0
"""Slices differ when one is this many times as thick as the other."""


def likeness(fixed: SeriesSummary, moving: SeriesSummary) -> list[Reason]:
    """What the two have in common and in what they differ; silent about what is not known of one of them."""
    judges = (_modality, _phase, _kernel, _contrast, _region, _plane, _thickness, _frame, _description)
    return [reason for judge in judges if (reason := judge(fixed, moving))]


def phases(series: SeriesSummary) -> frozenset[str]:
    """The phases that the description names."""
    return frozenset(name for name, words in PHASES.items() if words.search(series.description.replace("_", " ")))


def _modality(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    return _same("modality", fixed.modality, moving.modality, 0.3)


def _phase(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    one, other = phases(fixed), phases(moving)
    if not one or not other:
        return None
    if one == other:
        return Reason(f"same phase ({', '.join(sorted(one))})")
    return Reason(f"different phases ({', '.join(sorted(one))}; {', '.join(sorted(other))})", 0.6)


def _kernel(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    one, other = kernel_number(fixed.kernel), kernel_number(moving.kernel)
    if one is not None and other is not None and fixed.kernel != moving.kernel and abs(one - other) <= CLOSE_KERNELS:
        return Reason("similar kernels", 0.95)
    return _same("kernel", fixed.kernel, moving.kernel, 0.75)


def _contrast(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    if fixed.contrast is None or moving.contrast is None:
        return None
    if fixed.contrast == moving.contrast:
        return Reason("both with contrast agent" if fixed.contrast else "both without contrast agent")
    return Reason("only one with contrast agent", 0.7)


def _region(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    one, other = fixed.body_part, moving.body_part
    if one and other and one != other and (one in other or other in one):
        return Reason("overlapping body parts", 0.95)
    return _same("body part", one, other, 0.7)


def _plane(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    return _same("plane", fixed.plane or "", moving.plane or "", 0.6)


def _thickness(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    if not fixed.thickness_mm or not moving.thickness_mm:
        return None
    thin, thick = sorted((fixed.thickness_mm, moving.thickness_mm))
    return Reason("slices of unequal thickness", 0.8) if thick >= UNEQUAL * thin else None


def _frame(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    return _same("frame of reference", fixed.frame_of_reference_uid, moving.frame_of_reference_uid, 0.95)


def _description(fixed: SeriesSummary, moving: SeriesSummary) -> Reason | None:
    return _same("description", _plain(fixed.description), _plain(moving.description), 0.85)


def _plain(description: str) -> str:
    """A description without the spaces and marks by which protocols differ from year to year."""
    return re.sub(r"[\W_]+", " ", description).strip()


def _same(what: str, one: str, other: str, factor: float) -> Reason | None:
    if not one or not other:
        return None
    return Reason(f"same {what}") if one == other else Reason(f"different {what}", factor)
