"""The three reconstructions of the ablation, inside the same pyramid."""

import pytest
import torch

from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap, still
from registration.pyramid.reconstruction import KernelReconstruction, SirenReconstruction, SplineReconstruction
from registration.pyramid.scale import Scale
from tests.builders.textures import SPACING_MM, inner_points, texture

SIDE, CHANNELS = 20, 5
STEP = torch.full((3,), SPACING_MM)
CONSTANT = torch.tensor([1.0, -2.0, 3.0])


@pytest.fixture
def scale():
    features = LatticeMap(torch.randn(1, CHANNELS, SIDE, SIDE, SIDE), STEP)
    return Scale(features, features, features.every(2), still(STEP))


@pytest.mark.parametrize("name", ["kernel", "spline"])
def test_what_moves_as_one_comes_out_as_one(scale, name):
    parts = {"kernel": KernelReconstruction(PyramidConfig(), CHANNELS), "spline": SplineReconstruction(10.0)}
    points = inner_points(SIDE, 50)
    with torch.no_grad():
        field, deviation = parts[name](scale, points, CONSTANT.expand(50, 3))
    assert field.shape == (10**3, 3)
    assert (field - CONSTANT).abs().max() < 1e-4
    assert deviation.shape == (10**3,)


def test_narrow_maps_are_filled_up_for_the_one_kernel(scale):
    part = KernelReconstruction(PyramidConfig(), CHANNELS + 3)
    with torch.no_grad():
        field, _ = part(scale, inner_points(SIDE, 50), CONSTANT.expand(50, 3))
    assert (field - CONSTANT).abs().max() < 1e-5


def test_fewer_keypoints_than_neighbours_do(scale):
    part = KernelReconstruction(PyramidConfig(neighbours=30), CHANNELS)
    with torch.no_grad():
        field, _ = part(scale, inner_points(SIDE, 3), torch.eye(3))
    assert torch.allclose(field.sum(1), torch.ones(10**3), atol=1e-5)


def test_chunks_make_no_difference(scale, monkeypatch):
    part, points = KernelReconstruction(PyramidConfig(), CHANNELS), inner_points(SIDE, 80)
    displacement = torch.randn(80, 3)
    with torch.no_grad():
        whole = part(scale, points, displacement)
        monkeypatch.setattr("registration.pyramid.reconstruction.CHUNK", 77)
        for a, b in zip(whole, part(scale, points, displacement), strict=True):
            assert torch.allclose(a, b, atol=1e-5)


def test_the_sine_network_reads_the_moving_image_where_the_field_so_far_leads(scale):
    part = SirenReconstruction(CHANNELS)
    torch.nn.init.normal_(part.siren.out.weight)
    moved = Scale(scale.fixed, scale.moving, scale.nodes, LatticeMap(CONSTANT.reshape(1, 3, 1, 1, 1), STEP))
    with torch.no_grad():
        assert not torch.allclose(part(scale)[0], part(moved)[0])


def test_the_sine_network_learns_to_register_one_pair():
    """With nothing to match, it must at least be able to learn a motion from the images' mismatch."""
    torch.manual_seed(2)
    moving, part = texture(SIDE), SirenReconstruction(1)
    places = moving.points()
    fixed = moving.with_vectors(moving.at(places + torch.tensor([1.5, 0.0, -1.0])))
    scale, optimiser = Scale(fixed, moving, fixed, still(STEP)), torch.optim.Adam(part.parameters(), 3e-3)
    losses = []
    for _ in range(25):
        loss = (moving.at(places + part(scale)[0]) - fixed.vectors()).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach())
    assert losses[-1] < 0.6 * losses[0]


def test_the_sine_pyramid_makes_no_matches(pyramid):
    image = texture(SIDE).values
    with torch.no_grad():
        output = pyramid(reconstruction="siren")(image, image, inner_points(SIDE, 8), SPACING_MM)
    assert output.matches == ()
    assert all(torch.all(field == 0) for field in output.displacements)
    assert torch.all(output.attention_std == 0)
