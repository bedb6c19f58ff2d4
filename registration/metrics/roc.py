"""Margins and outcomes become the ROC of safety-margin assessment: a small margin predicts local progression.

AUC is the chance that a tumour that progressed had the smaller margin of the two, ties counting half (Mann-Whitney): a
rank statistic of few cases, in steps of 1 / (2 x progressed x controlled). The paper's SMA is such a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, rankdata

from registration.geometry.grid import Floats
from registration.metrics.intervals import LEAST_BOOTSTRAP, RESAMPLES, Interval, Refused, too_few
from registration.metrics.margin import SAFE_MM
from registration.metrics.undefined import UndefinedError


@dataclass(frozen=True)
class Roc:
    """Sensitivity (T,) and specificity (T,) of `margin < threshold_mm` (T,), least first; AUC; how many of each."""

    threshold_mm: Floats
    sensitivity: Floats
    specificity: Floats
    auc: float
    progressed: int
    controlled: int


@dataclass(frozen=True)
class Assessment:
    """`margin < threshold_mm` held against the outcomes: the four counts of tumours."""

    threshold_mm: float
    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def sensitivity(self) -> float:
        """Share of those that progressed which the margin called."""
        return self.true_positive / (self.true_positive + self.false_negative)

    @property
    def specificity(self) -> float:
        """Share of those that did not which the margin called safe."""
        return self.true_negative / (self.true_negative + self.false_positive)


def margin_roc(margin_mm: Floats, progressed: NDArray[np.bool_]) -> Roc:
    """The curve over all margins (N,) mm and outcomes (N,). Raises UndefinedError unless both outcomes occur."""
    _require_both(margin_mm, progressed)
    thresholds = np.append(np.unique(margin_mm), np.inf)
    tables = [assessed(margin_mm, progressed, float(t)) for t in thresholds]
    sensitivity, specificity = np.array([(t.sensitivity, t.specificity) for t in tables]).T
    many, few = int(np.count_nonzero(~progressed)), int(np.count_nonzero(progressed))
    return Roc(thresholds, sensitivity, specificity, auc(margin_mm[progressed], margin_mm[~progressed]), few, many)


def auc(progressed_mm: Floats, controlled_mm: Floats) -> float:
    """Chance that a margin of the first kind (P,) is smaller than one of the second (C,), ties half; P, C >= 1."""
    ranks = rankdata(np.concatenate([progressed_mm, controlled_mm]))
    p, c = len(progressed_mm), len(controlled_mm)
    larger = ranks[:p].sum() - p * (p + 1) / 2
    return float(1 - larger / (p * c))


def auc_interval(progressed_mm: Floats, controlled_mm: Floats) -> Interval | Refused:
    """95 % interval of the AUC: both kinds of tumours resampled apart, percentiles, the same draws every time."""
    for values in (progressed_mm, controlled_mm):
        if refused := too_few(len(values), LEAST_BOOTSTRAP):
            return refused
    drawn = bootstrap(
        (progressed_mm, controlled_mm), auc, vectorized=False, n_resamples=RESAMPLES, method="percentile", rng=0
    )
    return Interval(float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def assessed(margin_mm: Floats, progressed: NDArray[np.bool_], threshold_mm: float = SAFE_MM) -> Assessment:
    """Margins (N,) below the threshold taken as a call of progression. Raises UndefinedError as `margin_roc`."""
    _require_both(margin_mm, progressed)
    called = margin_mm < threshold_mm
    counts = ((called, progressed), (~called, progressed), (~called, ~progressed), (called, ~progressed))
    return Assessment(threshold_mm, *(int(np.count_nonzero(a & b)) for a, b in counts))


def _require_both(margin_mm: Floats, progressed: NDArray[np.bool_]) -> None:
    if margin_mm.shape != progressed.shape or margin_mm.ndim != 1:
        raise ValueError(f"one outcome for each margin: got shapes {margin_mm.shape} and {progressed.shape}")
    if progressed.all() or not progressed.any():
        which = "none did not" if progressed.all() else "none did"
        raise UndefinedError(f"A ROC needs tumours that progressed and tumours that did not, {which}.")
