import pytest
import torch

from registration.correspondences.cost_volume import Labels, cost_volume, run_voxels
from registration.geometry import Grid
from registration.sampling import ChannelMap


def random_map(size=(22, 20, 18), step=2.0, seed=0, origin=(3.0, -7.0, 11.0), channels=3) -> ChannelMap:
    x, y, z = size
    values = torch.rand(z, y, x, channels, generator=torch.Generator().manual_seed(seed))
    return ChannelMap(values, Grid(size, (step, step, step), origin))


def plain(
    source: ChannelMap, target: ChannelMap, point: torch.Tensor, displacement: torch.Tensor, labels: Labels
) -> float:
    """The definition, one label at a time."""
    steps = torch.arange(-labels.patch_radius, labels.patch_radius + 1) * labels.step_mm
    offsets = torch.cartesian_prod(steps, steps, steps)
    return float((source.at(point + offsets) - target.at(point + displacement + offsets)).square().mean())


@pytest.mark.parametrize("refine", [1, 2])
def test_every_label_costs_what_the_definition_says(refine):
    source, target = random_map(seed=1), random_map(seed=2)
    labels = Labels(2.0 / refine, 2, 1)
    points = torch.tensor([[21.3, 10.2, 27.7], [23.0, 9.0, 25.1], [26.2, 14.9, 30.0]])
    start = torch.tensor([[1.7, -2.2, 0.4], [0.0, 0.0, 0.0], [-3.3, 1.1, 2.9]])
    costs, base = cost_volume(source, target, points, start, labels, refine=refine)
    offsets = labels.offsets()
    assert costs.shape == (3, 125)
    assert ((base - start).abs() <= labels.step_mm / 2 + 1e-4).all()
    for n in range(3):
        for label in (0, 31, 62, 63, 124):
            expected = plain(source, target, points[n], base[n] + offsets[label], labels)
            assert float(costs[n, label]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("refine", [1, 2])
def test_keypoints_in_many_pieces_and_searches_beyond_every_border_cost_the_same(refine, monkeypatch):
    source, target = random_map(seed=1), random_map(seed=2)
    labels, random = Labels(2.0 / refine, 1, 1), torch.Generator().manual_seed(3)
    monkeypatch.setattr("registration.correspondences.settings.RUN_VALUES", 7 * 3 * run_voxels(labels))
    points = torch.tensor([3.0, -7.0, 11.0]) + torch.rand(35, 3, generator=random) * torch.tensor([42, 38, 34])
    start = 50 * torch.randn(len(points), 3, generator=random)
    costs, base = cost_volume(source, target, points, start, labels, refine=refine)
    offsets = labels.offsets()
    for n in range(0, len(points), 5):
        expected = [plain(source, target, points[n], base[n] + offsets[label], labels) for label in (0, 13, 26)]
        assert costs[n, [0, 13, 26]].tolist() == pytest.approx(expected, abs=1e-5)


def test_a_known_shift_is_the_cheapest_label():
    source = random_map(seed=4)
    target = ChannelMap(
        torch.roll(source.values, (1, -2, 3), (0, 1, 2)), source.grid
    )  # content moves by (3, -2, 1) voxels
    points = torch.from_numpy(source.grid.index_to_mm([[10, 9, 8], [9, 10, 9]])).float()
    labels = Labels(2.0, 3, 1)
    costs, base = cost_volume(source, target, points, torch.zeros(2, 3), labels)
    assert torch.allclose(base + labels.offsets()[costs.argmin(1)], torch.tensor([[6.0, -4.0, 2.0]] * 2), atol=1e-4)


def test_searching_beyond_the_border_stays_finite():
    source, target = random_map(seed=1), random_map(seed=2)
    corner = torch.tensor([source.grid.origin_mm])
    costs, _ = cost_volume(source, target, corner, torch.full((1, 3), -50.0), Labels(2.0, 4, 2))
    assert torch.isfinite(costs).all()


def test_maps_that_learn_cost_the_same():
    source, target = random_map(seed=1), random_map(seed=2)
    points, start = torch.tensor([[21.3, 10.2, 27.7], [4.0, -6.0, 12.0]]), torch.tensor([[1.7, -2.2, 0.4], [0.0, 0, 0]])
    expected, _ = cost_volume(source, target, points, start, Labels(2.0, 2, 1))
    target.values.requires_grad_()
    costs, _ = cost_volume(source, target, points, start, Labels(2.0, 2, 1))
    assert torch.equal(costs.detach(), expected)


def test_gradients_reach_both_feature_maps():
    source, target = random_map(seed=1), random_map(seed=2)
    source.values.requires_grad_()
    target.values.requires_grad_()
    costs, _ = cost_volume(source, target, torch.tensor([[21.0, 10.0, 27.0]]), torch.zeros(1, 3), Labels(2.0, 2, 1))
    costs.sum().backward()
    assert source.values.grad.abs().sum() > 0
    assert target.values.grad.abs().sum() > 0
