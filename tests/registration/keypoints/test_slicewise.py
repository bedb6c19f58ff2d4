"""From points of slices to points of a volume, with the simplest detectors there are: bright pixels, bright rows."""

import pytest
import torch

from registration.keypoints.slicewise import slicewise_candidates

SHAPE = (12, 20, 30)
EVERYWHERE = torch.ones(SHAPE, dtype=torch.bool)


def bright_pixels(image):
    """Pixels above a tenth, (column, row), and their brightness."""
    rows = torch.nonzero(image > 0.1)
    return rows.flip(1), image[image > 0.1]


def volume(**values):
    """A dark volume with voxels (x, y, z) of the given brightness."""
    image = torch.zeros(SHAPE)
    for place, value in values.values():
        x, y, z = place
        image[z, y, x] = value
    return image


def found(image, mask=EVERYWHERE, *, count=100):
    voxels, response = slicewise_candidates(image, mask, bright_pixels, count=count)
    return voxels.tolist(), response.tolist()


def test_points_come_as_x_y_z_strongest_first():
    image = volume(a=((25, 3, 7), 0.5), b=((4, 18, 2), 1.0), c=((11, 9, 7), 0.05))
    assert found(image) == ([[4, 18, 2], [25, 3, 7]], [1.0, 0.5])


@pytest.mark.parametrize(
    ("shape", "place"), [((20, 30), (7, 4, 9)), ((12, 30), (7, 9, 4)), ((12, 20), (9, 7, 4))], ids=["z", "y", "x"]
)
def test_each_plane_is_looked_at_and_its_pixels_land_where_they_are(shape, place):
    """A detector that knows slices of one shape alone sees one plane alone; place is (column, row, slice) there."""

    def one_plane(image):
        return bright_pixels(image) if image.shape == shape else bright_pixels(torch.zeros_like(image))

    column, row, number = place
    x, y, z = {(20, 30): (column, row, number), (12, 30): (column, number, row), (12, 20): (number, column, row)}[shape]
    voxels, _ = slicewise_candidates(volume(a=((x, y, z), 0.7)), EVERYWHERE, one_plane, count=9)
    assert voxels.tolist() == [[x, y, z]]


def test_a_structure_through_many_slices_is_one_point_at_its_strongest():
    image = torch.zeros(SHAPE)
    image[:, 9, 14] = torch.tensor([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.7, 0.6, 0.5, 0.4])
    assert found(image)[0] == [[14, 9, 7]]


def test_a_structure_that_drifts_from_slice_to_slice_is_one_point():
    image = volume(a=((10, 9, 4), 0.6), b=((11, 10, 5), 0.9), c=((12, 11, 6), 0.7))
    assert found(image)[0] == [[11, 10, 5]]


@pytest.mark.parametrize("other", [(16, 9, 5), (14, 11, 5), (14, 9, 7)])
def test_points_apart_by_two_voxels_are_two(other):
    image = volume(a=((14, 9, 5), 0.9), b=(other, 0.8))
    assert sorted(found(image)[0]) == sorted([[14, 9, 5], list(other)])


def test_a_point_found_several_times_in_one_voxel_is_one_with_the_fraction_of_the_first():
    def twice(image):
        pixels, response = bright_pixels(image)
        return torch.cat([pixels + 0.25, pixels - 0.25]), response.repeat(2)

    voxels, _ = slicewise_candidates(volume(a=((5, 6, 7), 0.5)), EVERYWHERE, twice, count=9)
    assert voxels.tolist() == [[5.25, 6.25, 7]]


def test_the_mask_holds_at_the_voxel_of_a_point():
    mask = EVERYWHERE.clone()
    mask[:, :, 20:] = False
    image = volume(a=((19, 3, 3), 0.5), b=((20, 3, 8), 0.9))
    assert found(image, mask)[0] == [[19, 3, 3]]


def test_slices_outside_the_mask_are_not_looked_at():
    mask = torch.zeros(SHAPE, dtype=torch.bool)
    mask[4:6, 7:10, 20:24] = True
    seen = []

    def watched(image):
        seen.append(tuple(image.shape))
        return bright_pixels(image)

    slicewise_candidates(torch.zeros(SHAPE), mask, watched, count=9)
    assert seen == [(20, 30)] * 2 + [(12, 30)] * 3 + [(12, 20)] * 4


def test_only_the_strongest_are_given():
    image = volume(a=((1, 1, 1), 0.4), b=((9, 9, 9), 0.8), c=((20, 5, 5), 0.6))
    assert found(image, count=2)[1] == pytest.approx([0.8, 0.6])


def test_an_empty_mask_and_a_dark_volume_give_no_points():
    assert found(volume(a=((1, 1, 1), 0.4)), torch.zeros(SHAPE, dtype=torch.bool)) == ([], [])
    assert found(torch.zeros(SHAPE)) == ([], [])
