"""The results of a group of variants become one line each: means, intervals, and a comparison with the first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.ablation.measure import Result
from experiments.ablation.statistics import (
    Comparison,
    Floats,
    Interval,
    bootstrap_interval,
    paired,
    t_interval,
)
from registration.metrics.landmarks import worst_mean


@dataclass(frozen=True)
class Line:
    """A variant over its pairs.

    pooled_mm: mean over all `landmarks`, with its bootstrap interval; pairs_mm: mean over `pairs` of their means, with
    its t interval. The rest are means over the pairs. against: at the landmarks that the reference has too, or None.
    """

    pairs: int
    landmarks: int
    pooled_mm: float
    pooled_interval: Interval
    pairs_mm: float
    pairs_interval: Interval
    worst_mm: float
    sd_log_jacobian: float
    folds_percent: float
    cpu_s: float
    against: Comparison | None


def summarised(results: list[Result], reference: list[Result], comparisons: int) -> Line | None:
    """The line of a variant; None without a pair that it registered. An empty reference: it is the reference itself."""
    done = [r for r in results if not r.failure]
    if not done:
        return None
    pooled, means = _pooled(done), np.array([np.mean(r.errors_mm) for r in done])
    return Line(
        len(done),
        len(pooled),
        float(pooled.mean()),
        bootstrap_interval(pooled),
        float(means.mean()),
        t_interval(means),
        float(np.mean([worst_mean(np.array(r.errors_mm)) for r in done])),
        float(np.mean([r.sd_log_jacobian for r in done])),
        float(np.mean([r.folds_percent for r in done])),
        float(np.mean([r.cpu_s for r in done])),
        _against(done, reference, comparisons),
    )


def _against(results: list[Result], reference: list[Result], comparisons: int) -> Comparison | None:
    """On the pairs that both registered."""
    own, other = ({r.case: r for r in found if not r.failure} for found in (results, reference))
    shared = [case for case in own if case in other]
    if not shared:
        return None
    return paired(_pooled([own[c] for c in shared]), _pooled([other[c] for c in shared]), comparisons)


def _pooled(results: list[Result]) -> Floats:
    return np.concatenate([r.errors_mm for r in results])
