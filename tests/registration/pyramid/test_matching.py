"""Matches of one scale: where the features say, nowhere where they say nothing, and with a gradient."""

import pytest
import torch

from registration.correspondences.graph import nearest
from registration.pyramid.config import Search
from registration.pyramid.lattice import LatticeMap, still
from registration.pyramid.matching import GRAPH_NEIGHBOURS, KeypointMatcher
from registration.pyramid.scale import Scale
from tests.builders.textures import SPACING_MM, inner_points

SIDE, SEARCH = 20, Search(2, 1)
STEP = torch.full((3,), SPACING_MM)


def features(seed=0):
    """Unit vectors (1, 6, z, y, x), different in every voxel."""
    values = torch.randn(1, 6, SIDE, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    return LatticeMap(values / values.norm(dim=1, keepdim=True), STEP)


def matched(fixed, moving, field=None, points=None, search=SEARCH):
    points = inner_points(SIDE, 60) if points is None else points
    scale = Scale(fixed, moving, fixed, still(STEP) if field is None else field)
    return KeypointMatcher((search,))(0, scale, points, nearest(points, points, GRAPH_NEIGHBOURS))


def rolled(features, voxels):
    """The features moved by whole voxels (x, y, z)."""
    x, y, z = voxels
    return LatticeMap(features.values.roll((z, y, x), (2, 3, 4)), STEP)


def test_the_same_features_do_not_move_even_at_the_border():
    points = torch.tensor([[0.0, 0.0, 0.0], [38.0, 38.0, 38.0], [0.0, 19.0, 38.0], [7.3, 11.1, 5.9]])
    found = matched(features(), features(), points=torch.cat([points, inner_points(SIDE, 30)]))
    assert found.residual.abs().max() < 0.05
    assert found.confidence.min() > 0.9


@pytest.mark.parametrize("voxels", [(1, 0, -2), (2, 2, 2), (0, -1, 1)])
def test_a_shift_within_the_search_is_found(voxels):
    found = matched(features(), rolled(features(), voxels))
    assert (found.residual - SPACING_MM * torch.tensor(voxels)).abs().max() < 0.05


def test_only_what_the_field_so_far_leaves_is_looked_for():
    before = LatticeMap(torch.tensor([10.0, 0.0, -6.0]).reshape(1, 3, 1, 1, 1), STEP)  # 5 and 3 voxels
    found = matched(features(), rolled(features(), (4, 0, -3)), before)
    assert (found.residual - torch.tensor([-2.0, 0.0, 0.0])).abs().max() < 0.05
    assert (found.displacement - torch.tensor([8.0, 0.0, -6.0])).abs().max() < 0.05


def test_features_that_say_nothing_move_nothing():
    flat = LatticeMap(torch.ones(1, 6, SIDE, SIDE, SIDE), STEP)
    points = torch.tensor([[0.0, 0.0, 0.0], [38.0, 2.0, 38.0]])
    found = matched(flat, flat, points=torch.cat([points, inner_points(SIDE, 20)]))
    assert found.residual.abs().max() < 1e-4


def test_a_wrong_feature_follows_its_neighbours():
    moving = rolled(features(), (1, 1, 0))
    points = inner_points(SIDE, 200)
    x, y, z = (points[0] / SPACING_MM).long().tolist()
    moving.values[:, :, z - 1 : z + 2, y : y + 3, x : x + 3] = features(9).values[:, :, :3, :3, :3]
    found = matched(features(), moving, points=points, search=Search(2, 1, stiffness=0.5))
    assert (found.residual[0] - torch.tensor([2.0, 2.0, 0.0])).norm() < 1.0


def test_the_gradient_leads_to_the_match():
    """Features learn from matches: a step against the gradient brings a keypoint nearer to where it should be."""
    moving = features(3).values.clone().requires_grad_()
    fixed, goal = features(), torch.tensor([2.0, 0.0, 0.0])

    def miss():
        return (matched(fixed, LatticeMap(moving, STEP)).residual - goal).square().sum(1).mean()

    before = miss()
    (slope,) = torch.autograd.grad(before, moving)
    with torch.no_grad():
        moving -= 0.1 * slope / slope.abs().max()
    assert miss() < before
