"""The table of bounds covers new errors as often as it says, and never falls."""

import numpy as np
import pytest

from registration.confidence.bounds import ErrorBounds
from registration.training.error_calibration import LEVELS, as_experts_see, bound_table


def errors(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected errors, and errors whose tail grows with them."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(2.0, 1.0, count) + 0.5
    return expected, expected * rng.gamma(2.0 / (1 + 0.2 * expected), 0.6, count)


def test_new_errors_are_covered_as_often_as_the_level_says_however_doubtful_they_are():
    knots, bounds = bound_table(*errors(1, 20_000))
    table = ErrorBounds(LEVELS, tuple(knots.tolist()), tuple(map(tuple, bounds.tolist())))
    expected, found = errors(2, 20_000)
    for level in (0.5, 0.8, 0.9):
        within = found <= table.at(expected.astype(np.float32), level)
        assert within.mean() == pytest.approx(level, abs=0.02)
        doubtful = expected > np.quantile(expected, 0.8)
        assert within[doubtful].mean() == pytest.approx(level, abs=0.05)


def test_the_table_rises_even_where_the_sample_does_not():
    rng = np.random.default_rng(0)
    knots, bounds = bound_table(rng.uniform(1, 2, 160), rng.uniform(0, 3, 160))
    assert (np.diff(knots) > 0).all()
    assert (np.diff(bounds, axis=0) >= 0).all()
    assert (np.diff(bounds, axis=1) >= 0).all()


def test_few_errors_give_careful_bounds():
    found = np.arange(1.0, 73.0)
    _, bounds = bound_table(np.ones(72), found, levels=(0.5, 0.9, 0.95))
    assert bounds[:, -1] == pytest.approx([68, 72, 72])  # of nine errors, the fifth, and the last twice


def test_experts_scatter_around_the_truth_as_their_voxels_let_them():
    error, localisation = as_experts_see(np.zeros((50_000, 3)), np.random.default_rng(0))
    assert np.square(error).mean() == pytest.approx(np.square(localisation).mean(), rel=0.02)
    far, _ = as_experts_see(np.full((1000, 3), 30.0), np.random.default_rng(0))
    assert far.mean() == pytest.approx(30 * np.sqrt(3), rel=0.01)
