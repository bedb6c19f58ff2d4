import pytest
import torch

from registration.field.likeness import (
    Equations,
    contrast_equations,
    descriptor_equations,
    levelled,
    local_contrast,
    value_and_slope,
    with_slope,
)
from registration.geometry import Grid
from registration.sampling import ChannelMap, gaussian_blur

GRID = Grid((24, 22, 20), (2.0, 2.0, 2.0), (8.0, -12.0, 4.0))


def texture(channels: int = 1) -> torch.Tensor:
    noise = torch.rand(channels, *GRID.shape, generator=torch.Generator().manual_seed(3))
    return gaussian_blur(noise, 1.2)


def test_local_contrast_does_not_see_brightness_or_gain():
    image = texture()[0]
    contrast = local_contrast(image, floor=1e-6)
    torch.testing.assert_close(local_contrast(0.3 * image + 0.5, floor=1e-6), contrast, atol=2e-2, rtol=0)
    assert contrast.std() > 0.5


def test_where_nothing_is_to_be_seen_contrast_is_zero():
    assert local_contrast(torch.full(GRID.shape, 0.7)).abs().max() < 1e-3


def test_the_slope_is_that_of_the_interpolated_map():
    scan = ChannelMap(texture(3).movedim(0, -1).contiguous(), GRID)
    points = torch.tensor([[20.3, 3.1, 21.7], [31.9, 10.2, 15.1]])
    value, slope = value_and_slope(scan.placed, points)
    torch.testing.assert_close(value, scan.at(points))
    for axis in range(3):
        step = torch.zeros(3)
        step[axis] = 0.01
        rise = (scan.at(points + step) - scan.at(points - step)) / 0.02
        torch.testing.assert_close(slope[axis], rise, atol=1e-4, rtol=1e-3)


def test_one_step_of_the_equations_finds_a_small_shift():
    """A moving scan that is the fixed one moved by 0.4 mm in x: the pooled equations say +0.4 mm."""
    field = ChannelMap(texture(4).movedim(0, -1).contiguous(), GRID)
    points = torch.from_numpy(GRID.voxel_points()).float()
    moved = ChannelMap(field.at(points - torch.tensor([0.4, 0.0, 0.0])), GRID)
    inner = points[4:-4, 4:-4, 4:-4].reshape(-1, 3)
    equations = descriptor_equations(field.at(inner), moved.placed, inner)
    xx, yy, zz, xy, xz, yz = equations.hessian.sum(1)
    hessian = torch.stack([torch.stack([xx, xy, xz]), torch.stack([xy, yy, yz]), torch.stack([xz, yz, zz])])
    step = torch.linalg.solve(hessian, -equations.gradient.sum(1))
    torch.testing.assert_close(step, torch.tensor([0.4, 0.0, 0.0]), atol=0.1, rtol=0)


def test_nothing_is_compared_where_the_moving_scan_ends():
    image = local_contrast(texture()[0])
    inside = torch.ones(GRID.shape, dtype=torch.bool)
    inside[:, :, 12:] = False
    places = torch.from_numpy(GRID.voxel_points()).float().movedim(-1, 0)
    origin, spacing = torch.tensor(GRID.origin_mm), torch.tensor(GRID.spacing_mm)
    moving = with_slope(image, inside, origin, spacing)
    equations = contrast_equations(image, moving, torch.ones(GRID.shape), places)
    assert equations.hessian[:3, :, :, :11].sum() > 0
    assert (equations.hessian[:, :, :, 12:] == 0).all()
    assert equations.gradient.abs().max() < 1e-5  # the scans agree


def test_levelled_equations_weigh_the_same_for_every_contrast():
    weak = Equations(torch.rand(6, 8, 8, 8) + 0.1, torch.rand(3, 8, 8, 8))
    strong = Equations(40 * weak.hessian, 40 * weak.gradient)
    torch.testing.assert_close(levelled(strong, 1.0).gradient, levelled(weak, 1.0).gradient)
    assert float(levelled(weak, 1.0).hessian[:3].sum(0).mean()) == pytest.approx(3.0)
