"""A tumour before and its ablation zone after treatment become the margin that the field says there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.evaluation.case_figures import CaseFigures
from registration.field.displacement import DisplacementField
from registration.metrics.margin import ablative_margins, margin_figures
from registration.metrics.overlap import Mask
from registration.metrics.shells import shell_coverage
from registration.products.warping import warp
from registration.volume import Volume

MARGIN = ("margin_mm", "margin_covered_percent", "margin_safe_percent")
SHELL, PROGRESSED = "shell_percent", "progressed"


@dataclass(frozen=True)
class Treatment:
    """tumour: (z, y, x) in the fixed scan; organ: in the fixed scan, for the capsule, where it is known.

    zone: in the moving scan. progressed: whether the tumour came back there, where that is known.
    """

    tumour: Mask
    zone: Volume
    organ: Mask | None = None
    progressed: bool | None = None


def add_margin(figures: CaseFigures, treatment: Treatment, field: DisplacementField) -> None:
    """`margin_mm` and its shares, `shell_percent K` for K = 1 to 10 mm, and the outcome as 0 or 1."""
    zone = np.asarray(warp(treatment.zone, field, interpolation="nearest").values > 0)
    seen = treatment.tumour, zone, field.grid.spacing_mm

    def margin() -> dict[str, float]:
        of = margin_figures(ablative_margins(*seen, organ=treatment.organ))
        return dict(zip(MARGIN, (of.minimum_mm, of.covered_percent, of.safe_percent), strict=True))

    figures.take(margin, *MARGIN)
    for shell in shell_coverage(*seen, organ=treatment.organ):
        name = f"{SHELL} {shell.thickness_mm:g}"
        figures.take(lambda name=name, shell=shell: {name: shell.covered_percent}, name)  # type: ignore[misc]
    if treatment.progressed is not None:
        figures.values[PROGRESSED] = float(treatment.progressed)
