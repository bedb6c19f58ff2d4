"""Bounds from expected errors: exact at the table's knots, rising, honest where nothing was calibrated."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.confidence.bounds import ErrorBounds, confidence_of, expected_error_mm, localisation_mm
from registration.geometry import Grid
from registration.plain import json_text

BOUNDS = ErrorBounds((0.5, 0.9), (1.0, 2.0, 4.0), ((0.9, 1.7, 3.1), (1.6, 3.9, 9.0)))
errors = st.floats(0.0, 60.0)


def bound(error_mm: float, level: float = 0.9) -> float:
    return float(BOUNDS.at(np.float32([error_mm]), level)[0])


def test_the_table_is_met_at_its_knots_and_kept_in_proportion_beyond():
    assert [bound(e) for e in BOUNDS.expected_mm] == pytest.approx(BOUNDS.bound_mm[1])
    assert bound(1.5, 0.5) == pytest.approx(1.3)
    assert (bound(0.5), bound(40.0)) == pytest.approx((0.8, 90.0))


@given(low=errors, high=errors, level=st.sampled_from(BOUNDS.levels))
def test_more_doubt_never_gives_a_smaller_bound(low, high, level):
    low, high = sorted((low, high))
    assert bound(low, level) <= bound(high, level)
    assert bound(high, 0.5) <= bound(high, 0.9)


def test_without_calibration_nothing_is_promised():
    assert np.isinf(ErrorBounds.none().at(np.ones((2, 3), np.float32), 0.9)).all()


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match=r"level 0\.8"):
        BOUNDS.at(np.float32([1]), 0.8)


@pytest.mark.parametrize("bounds", [BOUNDS, ErrorBounds.none()])
def test_bounds_survive_json(bounds):
    assert ErrorBounds.from_json(json.loads(json_text(bounds.to_json()))) == bounds


def test_a_click_is_as_uncertain_as_its_voxel_in_either_scan():
    fine, slices = Grid((4, 4, 4), (0.7, 0.7, 1.0)), Grid((4, 4, 4), (1.4, 1.4, 5.0))
    rng = np.random.default_rng(0)
    clicks = [rng.uniform(-0.5, 0.5, (200_000, 3)) * grid.spacing_mm for grid in (fine, slices)]
    apart = np.sqrt(np.square(clicks[0] - clicks[1]).sum(1).mean())
    assert localisation_mm(fine, slices) == pytest.approx(apart, rel=0.01)
    assert localisation_mm(fine, fine) < localisation_mm(fine, slices) < localisation_mm(slices, slices)


def test_the_field_and_the_expert_err_independently():
    assert expected_error_mm(np.log(np.float32([3.0, 1e-6])), 4.0) == pytest.approx([5.0, 4.0])
    assert confidence_of(np.float32([0.0, 5.0])) == pytest.approx([1.0, np.exp(-1)])
