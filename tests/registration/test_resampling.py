import numpy as np
import pytest
import torch

from registration.geometry import Grid
from registration.resampling import inside, placement, values_at
from registration.sampling import ChannelMap
from tests.builders.grids import odd_grids, turned

SOURCE = Grid((17, 14, 12), (2.0, 3.0, 2.5), (-15.0, -20.0, 4.0))
ASKED = Grid((20, 18, 15), (1.7, 2.1, 2.3), (-20.0, -22.0, 1.0))
ALONG_THE_AXES = ("upright", "flipped", "mirrored", "coronal", "sagittal")


def asked(name: str) -> Grid:
    return odd_grids(ASKED)[name] if name != "sagittal" else turned(ASKED, (90.0, 0.0, 90.0))


def source() -> ChannelMap:
    values = torch.rand(*SOURCE.shape, 2, generator=torch.Generator().manual_seed(4))
    return ChannelMap(values, SOURCE)


@pytest.mark.parametrize("name", [*ALONG_THE_AXES, "rotated"])
@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (3.3, -4.1, 0.9)])
def test_the_values_are_those_at_the_voxels_inside_and_beyond_the_border(name, shift):
    grid, matrix = asked(name), np.eye(4)
    matrix[:3, 3] = shift
    found = values_at(source(), placement(grid, SOURCE, matrix))
    expected = source().at(torch.from_numpy(grid.voxel_points() + shift).float())
    assert found.shape == (*grid.shape, 2)
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", [*ALONG_THE_AXES, "rotated"])
def test_a_voxel_is_inside_where_the_source_contains_its_centre(name):
    grid = asked(name)
    expected = SOURCE.contains(grid.voxel_points())
    assert 0 < expected.mean() < 1
    assert (inside(placement(grid, SOURCE)).numpy() == expected).all()


@pytest.mark.parametrize("name", ALONG_THE_AXES)
def test_axes_that_run_along_each_other_are_recognised(name):
    assert placement(asked(name), SOURCE).axes() is not None


def test_axes_that_drift_apart_are_not_taken_for_parallel():
    assert placement(turned(ASKED, (0.0, 0.0, 0.05)), SOURCE).axes() is None
    assert placement(turned(ASKED, (0.0, 0.0, 1e-5)), SOURCE).axes() is not None


@pytest.mark.parametrize("name", ["upright", "coronal", "rotated"])
def test_some_slices_are_part_of_all(name):
    whole = placement(asked(name), SOURCE)
    assert torch.allclose(values_at(source(), whole)[4:9], values_at(source(), whole.part(4, 9)), atol=1e-5)


def test_a_source_of_one_slice_is_the_same_all_along():
    flat = ChannelMap(torch.rand(1, 5, 6, 1), Grid((6, 5, 1), (2.0, 2.0, 2.0)))
    found = values_at(flat, placement(Grid((6, 5, 3), (2.0, 2.0, 2.0), (0.0, 0.0, -2.0)), flat.grid))
    assert torch.allclose(found, flat.values.expand(3, 5, 6, 1))
