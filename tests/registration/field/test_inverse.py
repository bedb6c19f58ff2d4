"""The inverse finds what the field maps where there is something to find, and says so where there is not."""

import numpy as np

from registration.field.displacement import DisplacementField
from registration.field.inverse import inverse_points
from registration.geometry import Grid
from tests.builders.fields import smooth_field


def test_there_and_back_on_an_odd_grid():
    field = smooth_field(5)
    rng = np.random.default_rng(0)
    points = field.grid.index_to_mm(rng.uniform(2, np.array(field.grid.size) - 3, (300, 3)))
    inverse = inverse_points(field, field.map_points(points))
    assert inverse.converged.all()
    assert np.abs(inverse.points_mm - points).max() < 1e-3
    assert inverse.residual_mm.max() < 1e-3


def test_strong_stretch_still_converges():
    """d = 1.6 x has gradient above one, where the plain iteration diverges."""
    grid = Grid((40, 10, 10), (2.0, 2.0, 2.0))
    points = grid.voxel_points()
    vectors = np.zeros((*grid.shape, 3), np.float32)
    vectors[..., 0] = 1.6 * points[..., 0]
    inverse = inverse_points(DisplacementField(vectors, grid), [[26.0, 9.0, 9.0], [130.0, 4.0, 4.0]])
    assert inverse.converged.all()
    assert np.abs(inverse.points_mm - [[10, 9, 9], [50, 4, 4]]).max() < 1e-3


def test_tissue_outside_the_fixed_scan_is_flagged():
    field = smooth_field(6)
    far = field.grid.corners().max(axis=0) + 500
    inverse = inverse_points(field, [far])
    assert not inverse.converged[0]


def test_no_points_give_no_points():
    inverse = inverse_points(smooth_field(), np.empty((0, 3)))
    assert inverse.points_mm.shape == (0, 3)
