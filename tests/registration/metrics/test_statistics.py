"""Intervals and paired tests by hand, against the paper's own numbers, and what too few cases get."""

import numpy as np
import pytest

from registration.metrics.intervals import Interval, Refused, summary, t_interval
from registration.metrics.paired import compared


def spread(count, mean, population_sd):
    """Values with exactly this mean and population standard deviation."""
    values = np.random.default_rng(count).normal(size=count)
    return mean + population_sd * (values - values.mean()) / values.std()


def test_three_values_by_hand():
    """Mean 2, s = 1, t(2) = 4.3027: 4.3027 / sqrt(3) = 2.4841."""
    found = summary([1.0, 2.0, 3.0])
    assert (found.count, found.mean, found.sd) == (3, 2.0, 1.0)
    assert found.population_sd == pytest.approx(np.sqrt(2 / 3))
    assert found.t.half_width == pytest.approx(2.4841, abs=1e-4)
    assert found.t.low == pytest.approx(2 - 2.4841, abs=1e-4)


@pytest.mark.parametrize(
    ("count", "mean", "sd", "half"), [(10, 1.72, 0.43, 0.32), (10, 3.51, 1.06, 0.80), (96, 1.10, 0.96, 0.195)]
)
def test_the_papers_intervals_are_these(count, mean, sd, half):
    assert t_interval(spread(count, mean, sd)).half_width == pytest.approx(half, abs=0.005)


def test_bootstrap_of_many_is_the_normal_interval():
    """Half zeros, half ones, n = 400: 1.96 x 0.5 / 20."""
    found = summary(np.tile([0.0, 1.0], 200)).bootstrap
    assert found.half_width == pytest.approx(0.049, abs=0.002)
    assert summary(np.tile([0.0, 1.0], 200)).bootstrap == found


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ("mean", "population_sd", "sd", "t", "bootstrap")), (1, ("sd", "t", "bootstrap")), (2, ("t", "bootstrap")),
     (7, ("bootstrap",)), (8, ())],
)  # fmt: skip
def test_too_few_are_refused_with_their_number(count, said):
    found = summary(np.arange(float(count)))
    refused = {name: value.reason for name, value in vars(found).items() if isinstance(value, Refused)}
    assert set(refused) == set(said)
    assert all(f"n = {count}" in reason for reason in refused.values())


def test_no_bootstrap_without_spread_and_no_summary_of_nan():
    assert summary(np.ones(20)).bootstrap == Refused("all values are the same")
    with pytest.raises(ValueError, match="finite"):
        summary([1.0, np.nan])


@pytest.mark.parametrize(("count", "comparisons", "p"), [(6, 1, 2 / 64), (7, 2, 2 * 2 / 128), (8, 3, 3 * 2 / 256)])
def test_always_better_gives_the_smallest_p_times_the_comparisons(count, comparisons, p):
    found = compared(np.arange(1.0, count + 1), np.zeros(count), comparisons)
    assert found.wilcoxon_p == pytest.approx(p)
    assert (found.count, found.comparisons) == (count, comparisons)


@pytest.mark.parametrize(("count", "comparisons"), [(5, 1), (6, 2)])
def test_a_test_that_cannot_reach_five_percent_is_refused(count, comparisons):
    found = compared(np.arange(1.0, count + 1), np.zeros(count), comparisons)
    assert found.wilcoxon_p == Refused(f"n = {count} < {count + 1}")


def test_cases_without_a_difference_do_not_count_for_wilcoxon():
    found = compared(np.array([0.0, 0, 0, 1, 2, 3, 4, 5]), np.zeros(8))
    assert found.wilcoxon_p == Refused("n = 5 < 6")


def test_paired_t_by_hand():
    """Differences 1, 2, 3: t = 2 / (1 / sqrt 3) = 3.4641 with two degrees of freedom, p = 0.0742."""
    found = compared(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.mean_difference, found.t_p) == (2.0, pytest.approx(0.0742, abs=1e-4))
    assert isinstance(found.interval, Interval)
    assert compared(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]), 20).t_p == 1.0


def test_few_or_equal_differences_have_no_t_test():
    assert compared(np.ones(2), np.zeros(2)).t_p == Refused("n = 2 < 3")
    assert compared(np.ones(9), np.zeros(9)).t_p == Refused("all differences are the same")


def test_other_cases_are_no_pairs():
    with pytest.raises(ValueError, match="the same cases"):
        compared(np.ones(3), np.ones(4))
