import pytest
import torch
from torch.nn import functional as F

from registration.keypoints.neighbourhood import largest_around


@pytest.mark.parametrize("radius", [1, 2, 3, 6])
def test_the_largest_value_of_a_cube(radius):
    values = torch.rand(11, 9, 14, generator=torch.Generator().manual_seed(1))
    expected = F.max_pool3d(values[None], 2 * radius + 1, stride=1, padding=radius)[0]
    assert (largest_around(values, radius) == expected).all()


def test_a_mask_grows_to_a_cube_and_stays_a_mask():
    mask = torch.zeros(9, 9, 9, dtype=torch.bool)
    mask[4, 4, 4] = True
    grown = largest_around(mask, 2)
    assert grown.dtype == torch.bool
    assert grown.sum() == 5**3
    assert grown[2:7, 2:7, 2:7].all()
