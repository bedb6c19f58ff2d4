"""The paper's kernel: what its weights promise of every field, what it costs, and that TorchScript says the same."""

import pytest
import torch

from registration.correspondences.graph import nearest
from registration.features.encoder import PAPER
from registration.kernel.dual_stream import DualStreamKernel, Proximity

CHANNELS, NEIGHBOURS, SPREAD_MM = 16, 30, 40.0
CONSTANT = torch.tensor([3.0, -7.0, 12.0])
"""mm."""


@pytest.fixture(scope="module")
def kernel():
    torch.manual_seed(5)
    return DualStreamKernel(CHANNELS).eval()


class Scene:
    """Keys at random places, queries among them and outside, random features."""

    def __init__(self, queries=200, keys=300, seed=1):
        random = torch.Generator().manual_seed(seed)
        self.points = SPREAD_MM * torch.randn(queries, 3, generator=random)
        self.key_points = SPREAD_MM * torch.randn(keys, 3, generator=random)
        self.features = torch.randn(queries, CHANNELS, generator=random)
        self.key_features = torch.randn(keys, CHANNELS, generator=random)

    def spread(self, kernel, displacement):
        neighbours = nearest(self.points, self.key_points, NEIGHBOURS)[0]
        with torch.no_grad():
            return kernel(self.points, self.features, self.key_points, self.key_features, displacement, neighbours)


def test_no_displacement_gives_no_field(kernel):
    scene = Scene()
    assert torch.all(scene.spread(kernel, torch.zeros(300, 3))[0] == 0)


@pytest.mark.parametrize("streams", ["both", "spatial", "features"])
@pytest.mark.parametrize("learned_length", [False, True])
def test_a_constant_displacement_gives_a_constant_field(streams, learned_length):
    kernel = DualStreamKernel(CHANNELS, streams=streams, learned_length=learned_length)
    field, weights, scores = Scene().spread(kernel, CONSTANT.expand(300, 3))
    assert (field - CONSTANT).abs().max() < 1e-5
    assert torch.allclose(weights, torch.softmax(scores, 1))


def test_an_affine_motion_is_missed_by_no_more_than_its_change_over_the_neighbours(kernel):
    """d(x) - (A x + t) = A sum_y w (y - x), so the miss is at most |A| times the distance of the farthest neighbour."""
    scene, matrix = Scene(), torch.tensor([[0.1, 0.02, 0.0], [0.0, -0.05, 0.03], [0.04, 0.0, 0.08]])
    field, weights, _ = scene.spread(kernel, scene.key_points @ matrix.T + CONSTANT)
    miss = (field - (scene.points @ matrix.T + CONSTANT)).norm(dim=1)
    distance = nearest(scene.points, scene.key_points, NEIGHBOURS)[1]
    norm = torch.linalg.matrix_norm(matrix, 2)
    assert torch.all(miss <= norm * (weights * distance).sum(1) + 1e-4)
    assert torch.all(miss <= norm * distance[:, -1] + 1e-4)
    assert miss.max() > 0.1  # a weighted mean is not exact, and the bound is no empty one


def test_the_order_of_the_keys_does_not_matter(kernel):
    scene = Scene()
    displacement = torch.randn(300, 3, generator=torch.Generator().manual_seed(2))
    field = scene.spread(kernel, displacement)[0]
    order = torch.randperm(300, generator=torch.Generator().manual_seed(3))
    scene.key_points, scene.key_features = scene.key_points[order], scene.key_features[order]
    assert torch.allclose(scene.spread(kernel, displacement[order])[0], field, atol=1e-5)


def test_where_a_neighbour_is_exchanged_the_field_jumps_by_no_more_than_both_their_weights(kernel):
    """The softmax does not fade out at the K-th neighbour: the literal form is piecewise continuous, no more."""
    scene = Scene(queries=1)
    distance = (scene.key_points - scene.points).norm(dim=1).argsort()
    displacement = 10 * torch.randn(300, 3, generator=torch.Generator().manual_seed(4))
    fields, weights = [], []
    for last in (distance[NEIGHBOURS - 1], distance[NEIGHBOURS]):
        neighbours = torch.cat([distance[: NEIGHBOURS - 1], last[None]])[None]
        args = (scene.points, scene.features, scene.key_points, scene.key_features, displacement, neighbours)
        with torch.no_grad():
            field, weight, _ = kernel(*args)
        fields.append(field[0])
        weights.append(weight[0, -1])
    among = displacement[distance[: NEIGHBOURS + 1]]
    jump = (fields[0] - fields[1]).norm()
    assert 0 < jump <= sum(weights) * torch.cdist(among, among).max()


def test_a_stream_that_is_off_sees_nothing():
    scene, other = Scene(), Scene()
    other.features, other.key_features = -scene.features, -scene.key_features
    displacement = torch.randn(300, 3)
    spatial, features = (DualStreamKernel(CHANNELS, streams=s) for s in ("spatial", "features"))
    assert torch.equal(scene.spread(spatial, displacement)[0], other.spread(spatial, displacement)[0])
    assert not torch.allclose(scene.spread(features, displacement)[0], other.spread(features, displacement)[0])


def test_the_literal_proximity_is_in_millimetres_and_has_nothing_to_learn():
    points, neighbours = torch.tensor([[0.0, 0.0, 0.0]]), torch.tensor([[0, 1]])
    keys = torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    assert torch.allclose(Proximity(learned=False)(points, keys, neighbours), torch.tensor([[1.0, 0.1]]))
    assert not any(p.requires_grad for p in Proximity(learned=False).parameters())
    assert all(p.requires_grad for p in Proximity(learned=True).parameters())


def test_its_size_is_about_the_papers():
    count = sum(p.numel() for p in DualStreamKernel(max(PAPER.channels)).parameters() if p.requires_grad)
    assert 125_000 < count < 175_000


@pytest.mark.parametrize("size", [(4, 6, 8), (5, 7, 9), (3, 11, 1)])
@pytest.mark.parametrize("streams", ["both", "spatial", "features"])
def test_scripted_kernel_gives_the_same_millimetres_on_any_lattice(size, streams):
    kernel = DualStreamKernel(CHANNELS, streams=streams).eval()
    scene = Scene(keys=50)
    axes = (torch.arange(n, dtype=torch.float32) * 6.0 for n in size)
    scene.points = torch.cartesian_prod(*axes)
    scene.features = torch.randn(len(scene.points), CHANNELS)
    displacement = 10 * torch.randn(50, 3)
    for found, expected in zip(
        scene.spread(torch.jit.script(kernel), displacement), scene.spread(kernel, displacement), strict=True
    ):
        assert (found - expected).abs().max() < 1e-4
