import numpy as np
import pytest

from registration.geometry import Grid
from registration.prealignment import align
from registration.prealignment.translation import masked_correlation
from registration.presets import preset_named
from tests.builders.bodies import UPRIGHT, body
from tests.builders.grids import turned

RANDOM = np.random.default_rng(2)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (-4.0, -11.0, 35.0), (38.0, 20.0, -30.0)])
def test_a_table_shift_is_found(shift):
    grid = Grid(UPRIGHT.size, UPRIGHT.spacing_mm, tuple(np.asarray(UPRIGHT.origin_mm) + shift))
    found = align(body(UPRIGHT), body(grid, shift), preset_named("auto"))
    assert np.abs(found[:3, 3] - shift).max() < 2.5


def test_a_shift_within_the_same_field_of_view_is_found():
    found = align(body(UPRIGHT), body(UPRIGHT, (0.0, -8.0, 26.0)), preset_named("auto"))
    assert np.abs(found[:3, 3] - [0, -8, 26]).max() < 2.5


def test_other_axes_and_a_smaller_field_of_view_do_not_mislead():
    small = Grid((44, 44, 30), (3.3, 3.3, 4.0), (-75.0, -75.0, -40.0))
    found = align(body(UPRIGHT), body(turned(small, (5, 12, 90), (-1, 1, 1))), preset_named("auto"))
    assert np.abs(found[:3, 3]).max() < 2.5


def test_correlation_is_the_plain_formula():
    fixed, moving = (RANDOM.uniform(size=(5, 6, 7)) for _ in range(2))
    fixed_mask, moving_mask = (RANDOM.uniform(size=(5, 6, 7)) > 0.1 for _ in range(2))
    found = masked_correlation(fixed, fixed_mask.astype(float), moving, moving_mask.astype(float))
    lag = np.array([1, -1, 2])
    both_fixed, both_moving = [], []
    for z, y, x in np.argwhere(fixed_mask):
        place = np.array([z, y, x]) + lag
        if np.all((place >= 0) & (place < moving.shape)) and moving_mask[tuple(place)]:
            both_fixed.append(fixed[z, y, x])
            both_moving.append(moving[tuple(place)])
    expected = np.corrcoef(both_fixed, both_moving)[0, 1]
    assert found[tuple(lag + np.array(fixed.shape) - 1)] == pytest.approx(expected, abs=1e-9)
