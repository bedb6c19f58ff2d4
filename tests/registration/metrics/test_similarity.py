"""Correlation by hand."""

import numpy as np
import pytest

from registration.metrics.similarity import ncc
from registration.metrics.undefined import UndefinedError

ONE = np.array([1.0, 2, 3, 4], np.float32).reshape(1, 2, 2)


@pytest.mark.parametrize(("other", "expected"), [([1, 3, 2, 4], 0.8), ([5, 7, 9, 11], 1.0), ([4, 3, 2, 1], -1.0)])
def test_correlation_by_hand(other, expected):
    assert ncc(ONE, np.array(other, np.float32).reshape(1, 2, 2)) == pytest.approx(expected)


def test_only_the_mask_counts():
    other = np.array([1.0, 2, 9, 4], np.float32).reshape(1, 2, 2)
    assert ncc(ONE, other, other != 9) == pytest.approx(1.0)


def test_flat_images_do_not_correlate():
    with pytest.raises(UndefinedError, match="flat"):
        ncc(ONE, np.ones_like(ONE))
    with pytest.raises(UndefinedError, match="mask is empty"):
        ncc(ONE, ONE, ONE > 9)
