"""Values of many cases become their mean with intervals; how many there were is always said, too few are refused.

Student's t: mean +- t(n - 1) s / sqrt(n). Bootstrap: bias-corrected and accelerated percentiles of the mean, drawn the
same way every time. The paper prints the population's standard deviation beside the t interval of the sample's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from registration.geometry.grid import Floats

LEVEL, RESAMPLES = 0.95, 9999
LEAST_SD, LEAST_T, LEAST_BOOTSTRAP = 2, 3, 8
"""Fewer cases than these give no spread, no t interval, no bootstrap: resamples of a handful repeat each other."""


@dataclass(frozen=True)
class Interval:
    """From `low` to `high` at the level asked."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of its length."""
        return 0.5 * (self.high - self.low)


@dataclass(frozen=True)
class Refused:
    """Stands where a statistic would, with the reason why there is none."""

    reason: str


@dataclass(frozen=True)
class Summary:
    """`count` values: mean, standard deviation of the sample (n - 1) and the population (n), intervals of the mean."""

    count: int
    mean: float | Refused
    sd: float | Refused
    population_sd: float | Refused
    t: Interval | Refused
    bootstrap: Interval | Refused


def summary(values: Sequence[float] | Floats) -> Summary:
    """What is said of one figure over n cases, one value of each."""
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a summary is of finite values: leave out, and count, the cases that have none")
    n = len(found)
    some, spread = too_few(n, 1), too_few(n, LEAST_SD)
    return Summary(
        n,
        some or float(found.mean()),
        spread or float(found.std(ddof=1)),
        some or float(found.std()),
        t_interval(found),
        bootstrap_interval(found),
    )


def t_interval(values: Floats, level: float = LEVEL) -> Interval | Refused:
    """Of the mean of values (n,), were they drawn from a normal distribution."""
    if refused := too_few(len(values), LEAST_T):
        return refused
    half = float(stats.t.ppf(0.5 + 0.5 * level, len(values) - 1) * stats.sem(values))
    return Interval(float(values.mean()) - half, float(values.mean()) + half)


def bootstrap_interval(values: Floats, level: float = LEVEL) -> Interval | Refused:
    """Of the mean of values (n,), from resamples of the cases."""
    if refused := too_few(len(values), LEAST_BOOTSTRAP):
        return refused
    if not np.ptp(values):
        return Refused("all values are the same")
    found = stats.bootstrap((values,), np.mean, n_resamples=RESAMPLES, confidence_level=level, method="BCa", rng=0)
    return Interval(float(found.confidence_interval.low), float(found.confidence_interval.high))


def too_few(count: int, least: int) -> Refused | None:
    """The refusal of a count below the least."""
    return Refused(f"n = {count} < {least}") if count < least else None
