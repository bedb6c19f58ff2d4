"""The motion that keys share: found exactly where it is a polynomial, in spite of wrong keys, and tame outside."""

import pytest
import torch

from registration.kernel.trend import robust_trend

POINTS = 200 * torch.rand(400, 3, generator=torch.Generator().manual_seed(3)) + torch.tensor([300.0, -900.0, 40.0])
MATRIX = torch.tensor([[0.1, 0.02, 0.0], [0.0, -0.08, 0.05], [0.03, 0.0, 0.1]])


def affine(points):
    return points @ MATRIX + 5.0


def curved(points):
    offset = (points - POINTS.mean(0)) / 100
    return affine(points) + 3 * offset.square() + 2 * offset * offset.roll(1, 1)


@pytest.mark.parametrize("motion", [affine, curved])
def test_a_motion_of_its_degree_is_found(motion):
    trend = robust_trend(POINTS, motion(POINTS), torch.ones(400))
    assert torch.allclose(trend.at(POINTS), motion(POINTS), atol=0.05)


def test_an_affine_motion_is_found_far_outside_too():
    far = POINTS + 300.0
    assert torch.allclose(robust_trend(POINTS, affine(POINTS), torch.ones(400)).at(far), affine(far), atol=0.2)


def test_wrong_keys_are_outvoted_and_doubted_keys_hardly_asked():
    wrong = affine(POINTS)
    wrong[:80] += torch.tensor([15.0, -20.0, 5.0])
    trend = robust_trend(POINTS, wrong, torch.ones(400))
    assert (trend.at(POINTS) - affine(POINTS)).norm(dim=1).max() < 0.5
    wrong[:380] += 30.0
    confidence = torch.cat([torch.full((380,), 1e-6), torch.ones(20)])
    assert (robust_trend(POINTS, wrong, confidence, degree=1).at(POINTS) - affine(POINTS)).norm(dim=1).max() < 1.0


def test_outside_the_keys_it_goes_on_as_a_straight_line():
    trend = robust_trend(POINTS, curved(POINTS), torch.ones(400))
    top = POINTS.amax(0)
    ahead = [trend.at(top + step) for step in (10.0, 20.0, 30.0)]
    assert torch.allclose(ahead[2] - ahead[1], ahead[1] - ahead[0], atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 99])
def test_few_keys_take_a_lower_degree(count):
    trend = robust_trend(POINTS[:count], affine(POINTS[:count]), torch.ones(count))
    assert len(trend.coefficients) == (1 if count < 8 else 4)
    assert trend.at(POINTS).isfinite().all()
