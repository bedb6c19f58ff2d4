import pytest
import torch
from torch.nn import functional as F

from registration.features.matching import coarser, matching_features
from registration.features.mind import PAIRS, edges, mind_ssc
from registration.geometry import Grid


def image(shape=(20, 22, 24)) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3))


def test_twelve_channels_between_zero_and_one():
    descriptor = mind_ssc(image())
    assert len(PAIRS) == 12
    assert descriptor.shape == (12, 20, 22, 24)
    assert descriptor.min() >= 0
    assert descriptor.max() <= 1


def test_every_pair_belongs_to_one_edge():
    found = {
        channel: (tuple(start), tuple(a + b for a, b in zip(start, edge.step, strict=True)))
        for edge in edges()
        for channel, start in zip(edge.channels, edge.starts, strict=True)
    }
    assert [set(found[i]) for i in range(len(PAIRS))] == [set(pair) for pair in PAIRS]


@pytest.mark.parametrize(("dilation", "radius"), [(2, 1), (1, 2), (3, 0)])
def test_it_is_what_its_definition_says(dilation, radius):
    shown = image((11, 9, 13)).double()
    padded = F.pad(shown[None, None], (dilation + radius,) * 6, mode="replicate")[0, 0]

    def seen_from(offset: tuple[int, int, int]) -> torch.Tensor:
        z, y, x = (slice(dilation * (1 + o), n - dilation * (1 - o)) for o, n in zip(offset, padded.shape, strict=True))
        return padded[z, y, x]

    distances = [(seen_from(a) - seen_from(b)).square() for a, b in PAIRS]
    means = torch.cat([F.avg_pool3d(d[None], 2 * radius + 1, stride=1) for d in distances])
    means -= means.amin(0)
    typical = means.mean()
    expected = torch.exp(-means / means.mean(0).clamp(1e-3 * typical + 1e-8, 1e3 * typical + 1e-6))
    assert torch.allclose(mind_ssc(shown, dilation=dilation, radius=radius), expected, atol=1e-12)


def test_brightness_and_contrast_do_not_matter():
    assert torch.allclose(mind_ssc(image()), mind_ssc(0.3 + 0.5 * image()), atol=1e-3)


def test_it_moves_with_the_image():
    moved = torch.roll(image(), (2, -1, 3), (0, 1, 2))
    core = (slice(None), slice(7, -7), slice(7, -7), slice(7, -7))
    assert torch.allclose(torch.roll(mind_ssc(image()), (2, -1, 3), (1, 2, 3))[core], mind_ssc(moved)[core], atol=0.05)


def test_a_flat_image_has_finite_descriptors():
    assert torch.isfinite(mind_ssc(torch.zeros(12, 12, 12))).all()


@pytest.mark.parametrize("shape", [(20, 22, 25), (9, 8, 8), (3, 5, 6)])
def test_the_coarse_map_averages_the_voxels_around_every_second_one(shape):
    grid = Grid(shape[::-1], (2.0, 2.0, 2.0))
    coarse, fine, _ = matching_features(image(shape), grid)
    expected = F.avg_pool3d(fine.values.movedim(3, 0)[None], 3, stride=2, padding=1, count_include_pad=False)[0]
    assert torch.allclose(coarse.values.movedim(3, 0), expected, atol=1e-6)


def test_a_scan_in_many_slabs_is_described_as_one():
    assert torch.allclose(mind_ssc(image(), slab_voxels=3 * 22 * 24), mind_ssc(image()), atol=1e-6)


def test_maps_lie_where_their_grids_say():
    grid = Grid((25, 22, 20), (2.0, 2.0, 2.0), (4.0, -8.0, 12.0))
    maps = matching_features(image((20, 22, 25)), grid)
    assert [m.grid.spacing_mm[0] for m in maps] == [4.0, 2.0, 2.0]
    assert all(m.values.shape[:3] == m.grid.shape for m in maps)
    assert coarser(grid).origin_mm == grid.origin_mm


def test_the_encoders_share_of_the_cost_is_its_weight():
    grid = Grid((8, 8, 8), (2.0, 2.0, 2.0))

    def encoder(_: torch.Tensor) -> list[torch.Tensor]:
        maps = torch.zeros(1, 5, 8, 8, 8)
        maps[..., 4:] = 1.0  # two unlike halves
        return [maps, maps[..., ::2, ::2, ::2]]

    flat = torch.zeros(8, 8, 8)  # MIND sees nothing
    values = matching_features(flat, grid, encoder, weight=0.25)[1].values
    assert torch.isclose((values[0, 0, 0] - values[0, 0, 7]).square().mean(), torch.tensor(0.25))
