"""A grid says where its voxels lie, whatever its axes; a box is a region of it."""

import numpy as np
import pytest
import SimpleITK as sitk

from registration.geometry import Box, Grid
from registration.geometry.orthonormal import nearest_orthonormal, orthonormal_deviation
from tests.builders.grids import odd_grids

GRID = Grid((14, 11, 9), (1.4, 0.9, 2.5), (-31.5, 12.25, -401.0))


@pytest.mark.parametrize("name", odd_grids(GRID))
def test_points_agree_with_itk(name):
    grid = odd_grids(GRID)[name]
    image = sitk.Image(list(grid.size), sitk.sitkUInt8)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.axes.ravel().tolist())
    index = np.random.default_rng(0).uniform(-3, 12, (20, 3))
    expected = [image.TransformContinuousIndexToPhysicalPoint(i.tolist()) for i in index]
    assert grid.index_to_mm(index) == pytest.approx(np.array(expected))
    assert grid.mm_to_index(expected) == pytest.approx(index)


@pytest.mark.parametrize("name", odd_grids(GRID))
def test_voxel_points_follow_the_array_order(name):
    grid = odd_grids(GRID)[name]
    points = grid.voxel_points((2, 3, 1), (10, 9, 8))
    assert points.shape == (7, 6, 8, 3)
    assert points[4, 2, 5] == pytest.approx(grid.index_to_mm((2 + 5, 3 + 2, 1 + 4)))
    assert grid.contains(points).all()


def test_a_grid_contains_half_a_voxel_around_its_centres():
    assert GRID.contains(GRID.corners() * (1 - 1e-9) + GRID.corners().mean(0) * 1e-9).all()
    assert not GRID.contains(GRID.index_to_mm([(-0.51, 0, 0), (0, 0, 8.51), (np.nan, 0, 0)])).any()


def test_same_place_means_corner_for_corner():
    assert GRID.same_place(Grid(GRID.size, (1.4 + 1e-5, 0.9, 2.5), GRID.origin_mm))
    assert not GRID.same_place(Grid(GRID.size, (1.4 + 1e-2, 0.9, 2.5), GRID.origin_mm))
    assert not GRID.same_place(Grid((13, 11, 9), GRID.spacing_mm, GRID.origin_mm))


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (0, 2, 2)},
        {"spacing_mm": (1.0, -1.0, 1.0)},
        {"direction": ((1, 0, 0), (0, 1, 0.01), (0, 0, 1))},
        {"direction": ((1, 0), (0, 1))},
    ],
)
def test_no_grid_without_size_spacing_and_orthonormal_axes(wrong):
    with pytest.raises(ValueError, match="grid"):
        Grid(**{"size": (2, 2, 2), "spacing_mm": (1.0, 1.0, 1.0), **wrong})


def test_nearest_orthonormal_axes_keep_their_handedness():
    rotated = odd_grids(GRID)["rotated"].axes
    for axes in (rotated, rotated * (1, 1, -1)):
        rounded = np.round(axes, 4)
        assert orthonormal_deviation(rounded) < 1e-3
        assert np.abs(nearest_orthonormal(rounded) - axes).max() < 1e-4
    assert orthonormal_deviation(np.full((3, 3), np.nan)) == np.inf


def test_boxes():
    box = Box((2, 3, 1), (5, 7, 2))
    array = np.zeros(GRID.shape)
    array[box.slices] = 1
    assert array.sum() == np.prod(box.shape) == 3 * 4 * 1
    assert box.union(Box((0, 0, 0), (0, 0, 0))) == box
    assert box.union(Box((4, 1, 4), (6, 2, 5))) == Box((2, 1, 1), (6, 7, 5))
    assert box.grown(3, GRID.size) == Box((0, 0, 0), (8, 10, 5))
    assert Box((1, 1, 1), (2, 1, 2)).empty
    assert not box.empty
