"""One series -> reasons for and against registering it, or why it cannot be registered at all."""

from __future__ import annotations

import re

from registration.pairing.reasons import Reason
from registration.pairing.summary import SeriesSummary

MODALITIES = ("CT", "MR")
FEWEST_SLICES = 8
"""With fewer nothing can be matched; the reader of scans refuses them, too."""
SHORT_MM = 50.0
HALF_AS_GOOD_MM = 5.0
"""Slices of this thickness are half as good as infinitely thin ones."""
SHARP = 60
"""Kernel numbers from here on (B60f, I70f, Br64) show edges, and noise."""
SHARP_NAMES = ("BONE", "LUNG", "EDGE", "SHARP", "YD", "YE")
LOCALISER = re.compile(r"\b(localizer|localiser|scout|topo(gram)?|surview|scano(gram)?|planogram)\b")
PAPER = re.compile(
    r"\b(dose (report|info\w*|summary|record)|dosis(protokoll|bericht)|patient protocol|screen ?(sav\w*|shots?))\b"
)
"""Words of whole pages only: a `low dose` scan is a scan."""
PROJECTION = re.compile(r"\b(mip|minip|mpvr|vrt|drr|rendering)\b")
REFORMAT = re.compile(r"\b(mpr|reformat\w*|cor(onal)?|sag(ittal)?)\b")


def excluded(series: SeriesSummary) -> str | None:
    """Why a series cannot be registered; None when it can."""
    words, kinds = series.description, set(series.image_type)
    if series.modality and series.modality not in MODALITIES:
        return f"no CT or MR images ({series.modality})"
    if "LOCALIZER" in kinds or LOCALISER.search(words):
        return "localiser"
    if kinds & {"SCREEN SAVE", "DOSE_INFO"} or PAPER.search(words):
        return "report or picture of a screen"
    if series.slices is not None and series.slices < FEWEST_SLICES:
        return f"{series.slices} slices, at least {FEWEST_SLICES} are needed"
    return None


def suitability(series: SeriesSummary, side: str) -> list[Reason]:
    """What speaks for and against one series; `side` names it in the sentences."""
    found = (_origin(series), _plane(series), _thickness(series), _coverage(series), _sharpness(series))
    return [Reason(f"{side}: {reason.text}", reason.factor) for reason in found if reason]


def _origin(series: SeriesSummary) -> Reason | None:
    kinds, words = set(series.image_type), series.description
    if kinds & {"MIP", "MINIP", "PROJECTION IMAGE", "MPVR", "VRT"} or PROJECTION.search(words):
        return Reason("projection or rendering", 0.05)
    if kinds & {"REFORMATTED", "MPR", "CSA MPR"} or ("DERIVED" in kinds and REFORMAT.search(words)):
        return Reason("reformatted from other images", 0.4)
    if "DERIVED" in kinds:
        return Reason("derived from other images", 0.5)
    return Reason("original images") if "ORIGINAL" in kinds else None


def _plane(series: SeriesSummary) -> Reason | None:
    """CT is acquired in axial slices; MR in any plane."""
    if series.plane is None or series.modality == "MR":
        return None
    return Reason("axial") if series.plane == "axial" else Reason(f"{series.plane} slices", 0.4)


def _thickness(series: SeriesSummary) -> Reason | None:
    """1 / (1 + (t / 5 mm)²)."""
    if series.thickness_mm is None:
        return None
    text = f"slices of {series.thickness_mm:g} mm"
    thin = series.thickness_mm <= 1.5
    return Reason(f"thin {text}" if thin else text, 1 / (1 + (series.thickness_mm / HALF_AS_GOOD_MM) ** 2))


def _coverage(series: SeriesSummary) -> Reason | None:
    reach = series.coverage_mm
    return Reason(f"covers only {reach:.0f} mm", 0.5) if reach is not None and reach < SHORT_MM else None


def _sharpness(series: SeriesSummary) -> Reason | None:
    number = kernel_number(series.kernel)
    sharp = number >= SHARP if number is not None else series.kernel.startswith(SHARP_NAMES)
    return Reason("sharp kernel, so more noise", 0.8) if sharp else None


def kernel_number(kernel: str) -> int | None:
    """The sharpness in a kernel's name: 30 of B30f, 40 of Br40d; None where it has none."""
    found = re.search(r"\d{2}", kernel)
    return int(found[0]) if found else None
