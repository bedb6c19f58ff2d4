"""Landmark errors become intervals and paired tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Interval = tuple[float, float]
LEVEL, RESAMPLES = 0.95, 9999
NOTHING = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Comparison:
    """Mean of the differences of `count` pairs of values, and the p value of Wilcoxon's test that they are nothing."""

    count: int
    difference: float
    p: float


def bootstrap_interval(values: Floats) -> Interval:
    """95 % percentile interval of the mean of values (L,); the same one every time. NaN for fewer than two."""
    if len(values) < 2:
        return NOTHING
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, confidence_level=LEVEL, method="percentile", rng=0
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def t_interval(values: Floats) -> Interval:
    """95 % interval of the mean of values (N,), were they drawn from a normal distribution. NaN for fewer than two."""
    if len(values) < 2:
        return NOTHING
    half = stats.t.ppf(0.5 + 0.5 * LEVEL, len(values) - 1) * stats.sem(values)
    return float(values.mean() - half), float(values.mean() + half)


def paired(values: Floats, reference: Floats, comparisons: int) -> Comparison:
    """Values (L,) against those of the reference at the same places, one of so many comparisons (Bonferroni)."""
    difference = values - reference
    p = float(stats.wilcoxon(difference).pvalue) if difference.any() else 1.0
    return Comparison(len(difference), float(difference.mean()), min(1.0, comparisons * p))
