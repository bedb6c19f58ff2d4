"""The thin-plate spline: through its keys, exact for affine motion, and calmer the more it smooths."""

import pytest
import torch

from registration.kernel.keys import Keys
from registration.kernel.thin_plate import ThinPlateSpline


def keys(displacement, points):
    return Keys(points, displacement, torch.ones(len(points)), torch.zeros(len(points), 0))


@pytest.fixture
def points():
    return 30 * torch.randn(80, 3, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("smoothing", [0.0, 10.0])
def test_affine_motion_is_reproduced_everywhere(points, smoothing):
    matrix, shift = torch.tensor([[0.1, 0, 0], [0, -0.2, 0.05], [0.1, 0, 0.05]]), torch.tensor([5.0, -3.0, 8.0])
    queries = 60 * torch.randn(50, 3)
    found = ThinPlateSpline(smoothing).spread(queries, keys(points @ matrix.T + shift, points))
    assert (found.displacement - (queries @ matrix.T + shift)).abs().max() < 1e-3


def test_without_smoothing_it_passes_through_every_key(points):
    displacement = 5 * torch.randn(80, 3)
    found = ThinPlateSpline(0.0).spread(points, keys(displacement, points))
    assert (found.displacement - displacement).abs().max() < 1e-3


def test_smoothing_takes_a_wrong_key_less_seriously(points):
    displacement = torch.zeros(80, 3)
    displacement[7] = 20.0
    misses = [
        ThinPlateSpline(s).spread(points, keys(displacement, points)).displacement.abs().max() for s in (0, 5, 50)
    ]
    assert misses[0] > misses[1] > misses[2]
    assert misses[2] < 10


def test_it_says_what_is_known_at_each_query(points):
    displacement = torch.zeros(80, 3)
    spread = ThinPlateSpline(1.0).spread(torch.cat([points[:1], points[:1] + 500]), keys(displacement, points))
    assert spread.distance[0] < 1e-3
    assert spread.distance[1] > 300
    assert torch.allclose(spread.support, torch.ones(2))
    assert torch.all(spread.attention_std == 0)
