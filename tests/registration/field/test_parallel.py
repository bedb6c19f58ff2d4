"""Sampling along shared axes says what sampling point by point says."""

import numpy as np
import pytest

from registration.field.parallel import parallel, sampled_along
from registration.geometry import Grid
from tests.builders.fields import odd_grid, smooth_field
from tests.builders.grids import turned

OWN = odd_grid(3, (14, 11, 9))


def along(index, size, spacing, signs=(1, 1, 1)) -> Grid:
    axes = OWN.axes * signs
    return Grid(size, spacing, tuple(OWN.index_to_mm(index)), tuple(map(tuple, axes)))


@pytest.mark.parametrize(
    "grid",
    [
        along((0, 0, 0), (14, 11, 9), OWN.spacing_mm),
        along((1.3, 2.6, 0.4), (30, 20, 25), (0.3, 0.4, 0.2)),
        along((-2, -3, 5), (9, 9, 9), (7.0, 9.0, 4.0)),  # beyond the field on all sides
        along((12, 3, 8), (10, 8, 7), (1.0, 1.5, 2.0), (-1, 1, -1)),
        along((4, 5, 6), (1, 1, 1), (1.0, 1.0, 1.0)),
    ],
)
def test_it_is_what_the_field_is_at_every_voxel(grid):
    field = smooth_field(1, OWN)
    assert parallel(OWN, grid)
    points = grid.voxel_points().reshape(-1, 3)
    found = sampled_along(field, grid).vectors_mm.reshape(-1, 3)
    assert np.abs(found - field.at(points)).max() < 1e-4


def test_grids_along_other_axes_are_not_parallel():
    assert not parallel(OWN, turned(OWN, (0.01, 0.0, 0.0)))
    assert not parallel(OWN, Grid(OWN.size, OWN.spacing_mm, OWN.origin_mm, tuple(map(tuple, OWN.axes[:, [1, 0, 2]]))))
