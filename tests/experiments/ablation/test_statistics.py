"""Intervals hold what they should as often as they should; paired tests see shifts and count comparisons."""

import numpy as np
import pytest
from scipy import stats

from experiments.ablation.statistics import bootstrap_interval, paired, t_interval


@pytest.mark.parametrize("interval", [bootstrap_interval, t_interval])
def test_intervals_hold_the_mean_nineteen_times_in_twenty(interval):
    rng = np.random.default_rng(0)
    held = [low < 3.0 < high for low, high in (interval(rng.normal(3.0, 1.0, 40)) for _ in range(60))]
    assert 52 <= sum(held) <= 60


def test_the_t_interval_is_the_textbooks():
    values = np.array([1.4, 2.1, 2.4, 1.4, 1.6, 2.3])
    half = 2.5706 * values.std(ddof=1) / np.sqrt(6)
    assert t_interval(values) == pytest.approx((values.mean() - half, values.mean() + half), abs=1e-4)


def test_the_bootstrap_gives_the_same_twice():
    values = np.random.default_rng(1).gamma(2.0, 1.0, 51)
    assert bootstrap_interval(values) == bootstrap_interval(values)


@pytest.mark.parametrize("interval", [bootstrap_interval, t_interval])
def test_one_value_has_no_interval(interval):
    assert np.isnan(interval(np.array([1.0]))).all()


def test_a_paired_difference_and_its_p_value_times_the_comparisons():
    rng = np.random.default_rng(2)
    reference = rng.gamma(2.0, 1.0, 80)
    values = reference + rng.normal(0.08, 0.3, 80)
    alone, among = (paired(values, reference, count) for count in (1, 5))
    assert alone.difference == pytest.approx((values - reference).mean())
    assert alone.p == pytest.approx(stats.wilcoxon(values, reference).pvalue)
    assert among.p == pytest.approx(5 * alone.p)
    assert paired(values, reference, 10**6).p == 1.0


def test_the_same_values_do_not_differ():
    values = np.arange(5.0)
    found = paired(values, values, 3)
    assert (found.difference, found.p, found.count) == (0.0, 1.0, 5)
