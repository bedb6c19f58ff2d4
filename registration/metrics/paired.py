"""Two methods on the same cases become a paired comparison: Wilcoxon's and Student's tests, corrected by Bonferroni."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from registration.geometry.grid import Floats
from registration.metrics.intervals import LEAST_T, Interval, Refused, t_interval, too_few

ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """Values less the reference's on `count` cases: mean difference, its t interval, p values times `comparisons`."""

    count: int
    mean_difference: float
    interval: Interval | Refused
    comparisons: int
    wilcoxon_p: float | Refused
    t_p: float | Refused


def compared(values: Floats, reference: Floats, comparisons: int = 1) -> Comparison:
    """Values (n,) against those of the reference on the same cases, one of so many comparisons made at once."""
    if values.shape != reference.shape or values.ndim != 1 or not len(values):
        raise ValueError(f"paired tests need the same cases twice, got {values.shape} and {reference.shape}")
    apart = values - reference
    tests = wilcoxon_p(apart, comparisons), t_p(apart, comparisons)
    return Comparison(len(apart), float(apart.mean()), t_interval(apart), comparisons, *tests)


def wilcoxon_p(apart: Floats, comparisons: int = 1) -> float | Refused:
    """Two-sided signed-rank test of differences (n,), those that are 0 left out.

    Refused where no outcome at all could reach 5 %: the smallest p of n differences is 2 / 2^n.
    """
    n, least = int(np.count_nonzero(apart)), math.ceil(1 + math.log2(comparisons / ALPHA))
    if refused := too_few(n, least):
        return refused
    return min(1.0, comparisons * float(stats.wilcoxon(apart[apart != 0]).pvalue))


def t_p(apart: Floats, comparisons: int = 1) -> float | Refused:
    """Two-sided paired t test of differences (n,)."""
    if refused := too_few(len(apart), LEAST_T):
        return refused
    if not np.ptp(apart):
        return Refused("all differences are the same")
    return min(1.0, comparisons * float(stats.ttest_1samp(apart, 0.0).pvalue))
