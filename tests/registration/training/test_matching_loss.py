"""The matching loss: small for features that tell the place, large for those that do not, lower by training."""

import pytest
import torch

from registration.correspondences.cost_volume import Labels, cost_volume
from registration.geometry import Grid
from registration.sampling import ChannelMap
from registration.training.matching_loss import matching_error, matching_loss

GRID = Grid((30, 28, 26), (2.0, 2.0, 2.0), (5.0, -7.0, 11.0))
LABELS = Labels(2.0, 3, 1)


@pytest.fixture
def case():
    torch.manual_seed(0)
    features = torch.nn.functional.normalize(torch.randn(*GRID.shape, 8), dim=-1)
    shift = torch.tensor([4.0, -2.0, 2.0])
    points = torch.from_numpy(GRID.index_to_mm(torch.randint(9, 17, (40, 3)))).float()
    moving = ChannelMap(
        features, Grid(GRID.size, GRID.spacing_mm, tuple((torch.tensor(GRID.origin_mm) + shift).tolist()))
    )
    return ChannelMap(features, GRID), moving, points, shift.expand(40, 3)


def loss_of(fixed, moving, points, truth, sharpness, start=0.0):
    costs, base = cost_volume(fixed, moving, points, truth + start, LABELS)
    return matching_loss(sharpness * costs, base, truth, LABELS)


def test_telling_features_give_a_small_loss_and_no_error(case):
    fixed, moving, points, truth = case
    right = loss_of(fixed, moving, points, truth, 16.0)
    elsewhere = ChannelMap(torch.nn.functional.normalize(torch.randn_like(moving.values), dim=-1), moving.grid)
    wrong = loss_of(fixed, elsewhere, points, truth, 16.0)
    assert right.shape == (40,)
    assert right.max() < 0.8 < wrong.min()
    costs, base = cost_volume(fixed, moving, points, truth, LABELS)
    assert matching_error(costs, base, LABELS, truth).max() < 1e-4


def test_uniform_costs_give_a_loss_of_one(case):
    fixed, moving, points, truth = case
    loss = loss_of(fixed, moving, points, truth, 0.0)
    assert loss == pytest.approx(1.0, abs=1e-5)


def test_gradients_reach_both_maps(case):
    fixed, moving, points, truth = case
    a, b = fixed.values.clone().requires_grad_(), moving.values.clone().requires_grad_()
    start = 2 * torch.rand_like(points) - 1
    maps = ChannelMap(a, fixed.grid), ChannelMap(b, moving.grid)
    torch.autograd.backward(loss_of(*maps, points, truth, 50.0, 2 * start).mean())
    assert a.grad.abs().sum() > 0
    assert b.grad.abs().sum() > 0
