import numpy as np
import pytest
import torch

from registration.features.mind import mind_ssc
from registration.field.finish import FinishSettings, Likeness, _contrast, _fine, finished
from registration.field.lattice import nodes_over
from registration.geometry import Grid
from registration.sampling import ChannelMap, gaussian_blur

GRID = Grid((41, 36, 30), (2.0, 2.0, 2.0), (-40.0, 12.0, 100.0))
LATTICE = nodes_over(GRID)


def scan(image: torch.Tensor, grid: Grid = GRID) -> Likeness:
    descriptors = ChannelMap(mind_ssc(image).permute(1, 2, 3, 0).contiguous(), grid)
    return Likeness(image, torch.ones_like(image, dtype=torch.bool), descriptors.placed)


def texture() -> torch.Tensor:
    noise = torch.rand(1, *GRID.shape, generator=torch.Generator().manual_seed(5))
    smooth = gaussian_blur(noise, 1.5)[0]
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def truth(points: torch.Tensor) -> torch.Tensor:
    """A smooth field (..., 3) mm of up to 3 mm."""
    centre = torch.tensor(GRID.index_to_mm([20, 18, 15])).float()
    bump = torch.exp(-(points - centre).square().sum(-1, keepdim=True) / (2 * 14.0**2))
    return bump * torch.tensor([2.0, -1.5, 1.5])


def pair() -> tuple[Likeness, Likeness]:
    """The moving texture, and the fixed one that is it pulled through the truth, with another gain and offset."""
    moving = texture()
    points = torch.from_numpy(GRID.voxel_points()).float()
    pulled = ChannelMap(moving[..., None], GRID).at(points + truth(points))[..., 0]
    return scan(0.1 + 0.7 * pulled), scan(moving)


def still() -> ChannelMap:
    return ChannelMap(torch.zeros(*LATTICE.shape, 3), LATTICE)


def moved(start: ChannelMap, scans: tuple[Likeness, Likeness], mask: torch.Tensor, settings=None) -> ChannelMap:
    return ChannelMap(finished(start.values, *scans, mask, settings or FinishSettings()), start.grid)


def error(field: ChannelMap) -> torch.Tensor:
    points = torch.from_numpy(LATTICE.voxel_points()).float()[3:-3, 3:-3, 3:-3]
    return (field.at(points) - truth(points)).norm(dim=-1)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_field_moves_to_where_the_scans_agree(share):
    everywhere = torch.ones(GRID.shape, dtype=torch.bool)
    before = error(still())
    after = error(moved(still(), pair(), everywhere, FinishSettings(descriptors=share)))
    assert before.mean() > 0.7
    assert after.mean() < 0.25 * before.mean()
    assert after.max() < 0.6


def test_equal_scans_stay_where_they_are():
    image = scan(texture())
    result = moved(still(), (image, image), torch.ones(GRID.shape, dtype=torch.bool))
    assert result.values.abs().max() < 1e-5


def test_where_nothing_may_be_compared_the_start_is_smoothed_only():
    nothing = torch.zeros(GRID.shape, dtype=torch.bool)
    start = ChannelMap(torch.full((*LATTICE.shape, 3), 2.5), LATTICE)
    result = moved(start, pair(), nothing)
    torch.testing.assert_close(result.values, start.values, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(17, 20, 9), (18, 21, 10), (9, 9, 9)])
def test_any_size_of_grid_is_covered(size):
    grid = Grid(size, (2.0, 2.0, 2.0))
    lattice = nodes_over(grid)
    assert np.all(lattice.index_to_mm(np.array(lattice.size) - 1) >= grid.index_to_mm(np.array(size) - 1))
    image = scan(torch.rand(grid.shape, generator=torch.Generator().manual_seed(1)), grid)
    start = ChannelMap(torch.zeros(*lattice.shape, 3), lattice)
    result = moved(start, (image, image), torch.ones(grid.shape, dtype=torch.bool))
    assert result.values.shape == (*lattice.shape, 3)
    assert torch.isfinite(result.values).all()


@pytest.mark.parametrize("voxels", [1, 3_000, 10_000])
def test_slabs_change_no_bit(voxels):
    scans, everywhere = pair(), torch.ones(GRID.shape, dtype=torch.bool)
    level = _fine(*scans, everywhere)
    field = 0.1 * torch.randn(3, *LATTICE.shape, generator=torch.Generator().manual_seed(3))
    whole, parts = _contrast(level, field, 10**9), _contrast(level, field, voxels)
    assert torch.equal(whole.hessian, parts.hessian)
    assert torch.equal(whole.gradient, parts.gradient)
