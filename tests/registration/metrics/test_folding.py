"""Smoothness by hand: fields whose Jacobian is known, on anisotropic oblique grids."""

import numpy as np
import pytest

from registration.field.displacement import DisplacementField
from registration.metrics.folding import folding
from registration.metrics.undefined import UndefinedError
from tests.builders.fields import odd_grid

SIZE = (24, 12, 12)


def stretched(grid, first, second):
    """Stretched along the grid's own x: by `first` before the middle, by `second` behind it."""
    steps = np.where(np.arange(grid.size[0]) < grid.size[0] // 2, first, second) - 1
    along = np.cumsum(steps) * grid.spacing_mm[0]
    return DisplacementField(np.float32(along[None, None, :, None] * grid.axes[:, 0] * np.ones((*grid.shape, 1))), grid)


def slab(grid, columns):
    mask = np.zeros(grid.shape, bool)
    mask[:, :, list(columns)] = True
    return mask


def test_std_of_log_j_over_two_halves():
    grid = odd_grid(5, SIZE)
    inside = folding(stretched(grid, 1.0, np.e), slab(grid, [3, 4, 5, 18, 19, 20]))
    assert inside.sd_log_jacobian == pytest.approx(0.5, abs=1e-4)
    assert (inside.folds, inside.folds_percent) == (0, 0.0)


def test_folds_are_counted_and_left_out_of_the_logarithm():
    grid = odd_grid(6, SIZE)
    inside = folding(stretched(grid, 2.0, -1.0), slab(grid, [3, 4, 5, 18]))
    assert inside.folds_percent == 25.0
    assert inside.sd_log_jacobian == pytest.approx(0.0, abs=1e-4)


def test_whole_and_mask_are_told_apart():
    grid = odd_grid(6, SIZE)
    field = stretched(grid, 1.0, -1.0)
    assert folding(field).folds > 0
    assert folding(field, slab(grid, range(5))).folds == 0


@pytest.mark.parametrize(("first", "columns", "told"), [(1.0, [], "empty"), (-1.0, [2, 3], "every voxel is folded")])
def test_what_has_no_logarithm_is_said(first, columns, told):
    grid = odd_grid(7, SIZE)
    with pytest.raises(UndefinedError, match=told):
        folding(stretched(grid, first, 1.0), slab(grid, columns))
