"""Pictures hang as radiologists hang them, whatever the order and sign of the grid's axes."""

import itertools

import numpy as np
import pytest

from registration.geometry import Grid
from registration.products.planes import planes_through

SPACING = (1.0, 1.5, 2.0)


def grids():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            yield Grid(
                (10, 12, 14), SPACING, (5.0, 6.0, 7.0), tuple(map(tuple, (np.eye(3)[:, order] * signs).tolist()))
            )


@pytest.mark.parametrize("grid", list(grids()))
def test_left_posterior_and_superior_point_the_right_way(grid):
    patient = grid.voxel_points().astype(np.float32)
    axial, coronal, sagittal = planes_through(grid, (5, 6, 7))
    assert (np.diff(axial.cut(patient[..., 0]), axis=1) > 0).all()  # patient left on the picture's right
    assert (np.diff(axial.cut(patient[..., 1]), axis=0) > 0).all()  # anterior up
    assert (np.diff(coronal.cut(patient[..., 0]), axis=1) > 0).all()
    assert (np.diff(coronal.cut(patient[..., 2]), axis=0) < 0).all()  # superior up
    assert (np.diff(sagittal.cut(patient[..., 1]), axis=1) > 0).all()
    assert (np.diff(sagittal.cut(patient[..., 2]), axis=0) < 0).all()


@pytest.mark.parametrize("grid", list(grids())[::5])
def test_points_and_vectors_land_where_the_voxels_are_drawn(grid):
    voxel = (3, 8, 4)
    point = grid.index_to_mm(voxel)
    marked = np.zeros(grid.shape, np.float32)
    marked[voxel[::-1]] = 1
    vectors = np.broadcast_to(np.float32([1.0, 2.0, 3.0]), (*grid.shape, 3))
    for plane in planes_through(grid, voxel):
        picture = plane.cut(marked)
        row, column = np.argwhere(picture == 1)[0]
        _, width, height, _ = plane.extent
        rows, columns = picture.shape
        place, distance = plane.place(np.array([point]))
        assert place[0] == pytest.approx([(column + 0.5) * width / columns, (row + 0.5) * height / rows])
        assert distance[0] == pytest.approx(0)
        arrow = plane.within(plane.cut(vectors))[0, 0]
        expected = {"axial": (1, 2), "coronal": (1, -3), "sagittal": (2, -3)}[plane.name]
        assert tuple(arrow) == pytest.approx(expected)
