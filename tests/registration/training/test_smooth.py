"""Random smooth maps: unit deviation, the asked length, the same for the same seed."""

import numpy as np
import pytest

from registration.training.smooth import random_map


@pytest.mark.parametrize("sigma", [1.5, 4.0])
def test_deviation_is_one_and_correlation_that_of_a_gaussian(sigma):
    values = random_map((120, 110, 100), 1, sigma, np.random.default_rng(0))[..., 0]
    assert values.std() == pytest.approx(1.0, abs=0.1)
    lag = round(2 * sigma)
    correlation = np.mean(values[lag:] * values[:-lag]) / values.var()
    assert correlation == pytest.approx(np.exp(-((lag / (2 * sigma)) ** 2)), abs=0.1)


def test_a_seed_gives_the_same_map():
    a, b = (random_map((9, 8, 7), 3, 5.0, np.random.default_rng(4)) for _ in range(2))
    assert a.shape == (9, 8, 7, 3)
    assert np.array_equal(a, b)
