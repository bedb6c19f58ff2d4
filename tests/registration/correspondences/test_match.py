import torch

from registration.correspondences.consistency import confidence, disagreement
from registration.correspondences.cost_volume import Labels
from registration.correspondences.graph import nearest
from registration.correspondences.match import STATISTICS, match_both_ways
from registration.correspondences.selection import select
from registration.features.matching import matching_features
from registration.geometry import Grid
from registration.keypoints.detect import detect_keypoints
from registration.sampling import ChannelMap, gaussian_blur

SIZE = (52, 48, 44)


def textured(seed: int) -> torch.Tensor:
    noise = torch.rand(1, SIZE[2], SIZE[1], SIZE[0], generator=torch.Generator().manual_seed(seed))
    smooth = gaussian_blur(noise, 1.5)[0]
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def test_a_shift_of_the_whole_scan_is_found_at_every_confident_keypoint():
    image, grid = textured(5), Grid(SIZE, (2.0, 2.0, 2.0), (-50.0, 10.0, 5.0))
    moved_grid = Grid(SIZE, (2.0, 2.0, 2.0), (-50.0 + 8.6, 10.0 - 5.2, 5.0 + 3.4))
    resampled = ChannelMap(image[..., None], moved_grid).at(torch.from_numpy(grid.voxel_points()).float())[..., 0]
    inner = torch.zeros(image.shape, dtype=torch.bool)
    inner[8:-8, 8:-8, 8:-8] = True
    keypoints = [detect_keypoints(i, inner, grid, count=120) for i in (image, resampled)]
    features = [matching_features(i, grid) for i in (image, resampled)]
    matched = match_both_ways(*keypoints, *features)
    error = (matched.displacement - torch.tensor([8.6, -5.2, 3.4])).norm(dim=1)
    assert matched.statistics.shape == (240, STATISTICS)
    assert torch.isfinite(matched.statistics).all()
    assert (matched.confidence > 0.5).float().mean() > 0.9
    assert error[matched.confidence > 0.5].median() < 0.5
    assert error[matched.confidence > 0.5].quantile(0.95) < 1.5


def test_neighbours_outvote_a_keypoint_whose_cheapest_label_is_far_off():
    offsets = torch.cartesian_prod(*(torch.arange(-3.0, 4.0) for _ in range(3)))
    points = torch.rand(40, 3, generator=torch.Generator().manual_seed(1)) * 20
    truth = int((offsets == torch.tensor([1.0, 0.0, -1.0])).all(1).nonzero())
    wrong = int((offsets == torch.tensor([-3.0, 3.0, 3.0])).all(1).nonzero())
    costs = torch.full((40, len(offsets)), 0.3)
    costs[:, truth] = 0.1
    costs[7, wrong] = 0.05
    graph = nearest(points, points, 15)
    chosen = select(costs, torch.zeros(40, 3), torch.zeros(40, 3), offsets, graph, stiffness=1e-2, sigma_mm=10.0)
    assert (chosen.displacement - offsets[truth]).norm(dim=1).max() < 0.3


def test_the_coupling_is_that_of_its_formula_for_any_number_of_keypoints():
    random = torch.Generator().manual_seed(9)
    labels = Labels(2.0, 8, 1).offsets()
    points, start = (40 * torch.rand(90, 3, generator=random) for _ in range(2))
    costs, base = torch.rand(90, len(labels), generator=random), start + torch.rand(90, 3, generator=random)
    chosen = select(costs, base, start, labels, nearest(points, points, 15), stiffness=2e-3, sigma_mm=10.0)
    away = (base[:, None] + labels - chosen.smooth[:, None]).square().sum(2)
    expected = costs + 2e-3 * away
    assert torch.allclose(chosen.regularised - chosen.regularised[:, :1], expected - expected[:, :1], atol=1e-4)


def test_witnesses_on_ones_own_side_of_a_sliding_surface_suffice():
    points = torch.tensor([[0.0, 0.0, 0.0]])
    others = torch.tensor([[1.0, 0, 0], [2.0, 0, 0], [-1.0, 0, 0], [-2.0, 0, 0], [50.0, 0, 0]])
    slides = torch.tensor([[0, 0, 10.0], [0, 0, 10.0], [0, 0, 0.0], [0, 0, 0.0], [0, 0, 0.0]])
    apart, distance = disagreement(points, torch.tensor([[0, 0, 10.0]]), others, slides)
    assert apart.item() == 0
    assert distance.item() == 1
    alone, _ = disagreement(points, torch.tensor([[0, 0, 5.0]]), others, slides)
    assert confidence(alone).item() < 0.1 < confidence(apart).item() == 1
