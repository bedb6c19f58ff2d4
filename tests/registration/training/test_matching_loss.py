"""The matching loss: small for features that tell the place, large for those that do not, lower by training."""

import pytest
import torch

from registration.correspondences.cost_volume import Labels, cost_volume
from registration.geometry import Grid
from registration.sampling import ChannelMap
from registration.training.matching_loss import Scale, matching_error, matching_loss

GRID = Grid((30, 28, 26), (2.0, 2.0, 2.0), (5.0, -7.0, 11.0))
SCALE = Scale(Labels(2.0, 3, 1), 1, 1.0)


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


def test_telling_features_give_a_small_loss_and_no_error(case):
    fixed, moving, points, truth = case
    start = torch.zeros_like(points)
    right = matching_loss(fixed, moving, points, truth, SCALE, torch.tensor(16.0), start)
    elsewhere = ChannelMap(torch.nn.functional.normalize(torch.randn_like(moving.values), dim=-1), moving.grid)
    wrong = matching_loss(fixed, elsewhere, points, truth, SCALE, torch.tensor(16.0), start)
    assert right.shape == (40,)
    assert right.max() < 0.8 < wrong.min()
    costs, base = cost_volume(fixed, moving, points, truth, SCALE.labels)
    assert matching_error(costs, base, SCALE.labels, truth).max() < 1e-4


def test_uniform_costs_give_a_loss_of_one(case):
    fixed, moving, points, truth = case
    loss = matching_loss(fixed, moving, points, truth, SCALE, torch.tensor(0.0), torch.zeros_like(points))
    assert loss == pytest.approx(1.0, abs=1e-5)


def test_gradients_reach_both_maps(case):
    fixed, moving, points, truth = case
    a, b = fixed.values.clone().requires_grad_(), moving.values.clone().requires_grad_()
    start = 2 * torch.rand_like(points) - 1
    maps = ChannelMap(a, fixed.grid), ChannelMap(b, moving.grid)
    torch.autograd.backward(matching_loss(*maps, points, truth, SCALE, torch.tensor(50.0), start).mean())
    assert a.grad.abs().sum() > 0
    assert b.grad.abs().sum() > 0
