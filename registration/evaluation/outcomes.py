"""Margins of many cases and what became of them become the assessment of safety margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.treatment import MARGIN, PROGRESSED
from registration.metrics.intervals import Interval, Refused
from registration.metrics.roc import Assessment, assessed, auc_interval, margin_roc
from registration.metrics.undefined import UndefinedError


@dataclass(frozen=True)
class SafetyMargin:
    """AUC of the margin against progression with its interval, and the call of `margin < 5 mm`."""

    progressed: int
    controlled: int
    auc: float
    interval: Interval | Refused
    call: Assessment


def safety_margin(cases: tuple[CaseFigures, ...]) -> SafetyMargin | Refused | None:
    """Over the cases with margin and outcome; None where there are none, refused where all ended alike."""
    known = [case.values for case in cases if MARGIN[0] in case.values and PROGRESSED in case.values]
    if not known:
        return None
    margins = np.array([values[MARGIN[0]] for values in known])
    progressed = np.array([values[PROGRESSED] > 0 for values in known])
    try:
        roc = margin_roc(margins, progressed)
    except UndefinedError as error:
        return Refused(error.message)
    interval = auc_interval(margins[progressed], margins[~progressed])
    return SafetyMargin(roc.progressed, roc.controlled, roc.auc, interval, assessed(margins, progressed))
