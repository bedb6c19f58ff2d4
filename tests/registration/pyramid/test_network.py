"""The pyramid end to end: still where nothing moved, true where something did, and able to learn."""

import pytest
import torch

from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap
from registration.pyramid.network import PyramidNetwork
from tests.builders.textures import SPACING_MM, inner_points, seen_through, smooth_motion, texture

SIDE, SMALL_SIDE = 40, 18
CORE = (slice(None), slice(None), *3 * (slice(6, -6),))
SHIFT_MM = (4.0, -6.0, 2.0)


@pytest.fixture(scope="module")
def moving():
    return texture(SIDE)


def shifted(moving):
    return seen_through(moving, LatticeMap(torch.tensor(SHIFT_MM).reshape(1, 3, 1, 1, 1), moving.step_mm))


def registered(network, fixed, moving, count=250):
    with torch.no_grad():
        return network(fixed, moving, inner_points(SIDE, count), SPACING_MM)


@pytest.mark.parametrize("finest_stride", [1, 2])
def test_five_maps_from_coarse_to_fine(pyramid, moving, finest_stride):
    network = pyramid(finest_stride=finest_stride)
    output = registered(network, moving.values, moving.values)
    for field, stride in zip(output.displacements, network.config.strides, strict=True):
        assert field.shape == (1, 3, *3 * (-(-SIDE // stride),))
    assert output.attention_std.shape == (1, 1, *output.displacements[-1].shape[2:])
    assert torch.all(output.attention_std > 0)
    assert len(output.matches) == 5


def test_fewer_scales_are_the_finest_ones(pyramid, moving):
    output = registered(pyramid(scales=3), moving.values, moving.values)
    assert [f.shape[2] for f in output.displacements] == [10, 20, 40]


def test_one_image_twice_does_not_move(network, moving):
    for field in registered(network, moving.values, moving.values).displacements:
        assert field.norm(dim=1).max() < 0.05


def test_before_any_training_one_image_twice_moves_less_than_a_voxel(moving):
    torch.manual_seed(4)
    untrained = PyramidNetwork(PyramidConfig(encoder="small"))
    field = registered(untrained, moving.values, moving.values).displacements[-1]
    assert field.norm(dim=1).mean() < SPACING_MM


def test_a_shift_is_found_scale_by_scale(network, moving):
    truth = torch.tensor(SHIFT_MM).reshape(1, 3, 1, 1, 1)
    output = registered(network, shifted(moving), moving.values)
    misses = [float((f - truth).norm(dim=1)[..., f.shape[2] // 2].mean()) for f in output.displacements]
    assert misses[-1] < 0.4
    assert misses[-1] < misses[-2] < misses[0]


def test_a_smooth_warp_is_found_at_the_keypoints_and_between_them(network, moving):
    motion = smooth_motion(SIDE, typical_mm=5.0)
    output = registered(network, seen_through(moving, motion), moving.values, count=400)
    at_points = motion.at(inner_points(SIDE, 400))
    before = at_points.norm(dim=1).mean()
    assert (output.matches[-1].displacement - at_points).norm(dim=1).median() < 0.3 * before
    assert (output.displacements[-1] - motion.values)[CORE].norm(dim=1).mean() < 0.35 * before


def test_the_spacing_scales_the_field(network, moving):
    fixed, points = shifted(moving), inner_points(SIDE, 250)
    with torch.no_grad():
        unequal = network(fixed, moving.values, points * torch.tensor([1.0, 0.5, 2.0]), (2.0, 1.0, 4.0))
    middle = unequal.displacements[-1][CORE].mean((0, 2, 3, 4))
    assert middle.tolist() == pytest.approx([4.0, -3.0, 4.0], abs=0.5)


def test_the_order_of_the_keypoints_does_not_matter(pyramid):
    network, moving = pyramid(), texture(SMALL_SIDE)
    random = torch.Generator().manual_seed(1)
    points = inner_points(SMALL_SIDE, 60) + torch.rand(60, 3, generator=random)  # off the raster: no equal distances
    fixed, order = shifted(moving), torch.randperm(60, generator=random)
    with torch.no_grad():
        a, b = (network(fixed, moving.values, p, SPACING_MM).displacements[-1] for p in (points, points[order]))
    assert (a - b).abs().max() < 1e-3


def test_under_autocast_millimetres_stay_exact(pyramid):
    """Half precision serves the encoder alone: the field is float32 and hardly differs."""
    network, moving, points = pyramid(), texture(SMALL_SIDE), inner_points(SMALL_SIDE, 60)
    with torch.no_grad():
        exact = network(shifted(moving), moving.values, points, SPACING_MM).displacements[-1]
        with torch.autocast("cpu", torch.bfloat16):
            found = network(shifted(moving), moving.values, points, SPACING_MM).displacements[-1]
    assert found.dtype == torch.float32
    assert (found - exact).norm(dim=1).mean() < 0.2


def lesson(network):
    """The finest field of a small pair, with its gradient, and how it should have been."""
    moving = texture(SMALL_SIDE)
    output = network(shifted(moving), moving.values, inner_points(SMALL_SIDE, 50), SPACING_MM)
    return (output.displacements[-1] - torch.tensor(SHIFT_MM).reshape(1, 3, 1, 1, 1)).square().mean()


@pytest.mark.parametrize("streams", ["both", "spatial", "features"])
def test_every_part_learns_from_the_field(pyramid, streams):
    network = pyramid(streams=streams, proximity="learned length", scales=3).train()
    lesson(network).backward()
    for part in ("encoder.stem", "matcher", "reconstruction"):
        slopes = [p.grad for p in network.get_submodule(part).parameters()]
        assert all(slope is not None and slope.isfinite().all() for slope in slopes), part
        assert any(slope.abs().max() > 0 for slope in slopes), part


def test_recomputed_gradients_are_the_kept_ones(pyramid, monkeypatch):
    network = pyramid(scales=2)

    def slopes():
        network.zero_grad()
        lesson(network).backward()
        return [p.grad.clone() for p in network.reconstruction.parameters() if p.requires_grad]

    thrifty = slopes()
    monkeypatch.setattr("registration.pyramid.reconstruction.recomputed", lambda function, *inputs: function(*inputs))
    for a, b in zip(thrifty, slopes(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
