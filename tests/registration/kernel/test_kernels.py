import numpy as np
import pytest
import torch

from registration.correspondences.graph import nearest
from registration.kernel.attention import AttentionKernel
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys
from registration.kernel.learned import KEY_FEATURES, STATISTICS, LearnedKernel, key_features, unexplained
from registration.kernel.residuals import COUNT, inverse_3x3, residual_features


def keys(count=200, *, seed=0, statistics=0, motion=lambda p: torch.zeros_like(p)) -> Keys:
    random = torch.Generator().manual_seed(seed)
    points = 80 * torch.rand(count, 3, generator=random) - 40
    return Keys(points, motion(points), torch.ones(count), torch.rand(count, statistics, generator=random))


def untrained() -> LearnedKernel:
    torch.manual_seed(0)
    return LearnedKernel(AttentionKernel(KEY_FEATURES))


QUERIES = 60 * torch.rand(50, 3, generator=torch.Generator().manual_seed(9)) - 30
KERNELS = [pytest.param(TwoScaleGaussian(), id="two-scale"), pytest.param(untrained(), id="learned")]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_constant_motion_is_reproduced(kernel):
    shift = torch.tensor([3.0, -40.0, 7.0])
    answer = kernel.spread(QUERIES, keys(motion=lambda p: shift.expand_as(p)))
    assert torch.allclose(answer.displacement, shift.expand(50, 3), atol=1e-4)
    assert answer.disagreement.max() < 1e-3


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("count", [1, 2, 7, 29])
def test_fewer_keys_than_neighbours_will_do(kernel, count):
    answer = kernel.spread(QUERIES, keys(count, motion=lambda p: p.new_tensor([1.0, 2.0, 3.0]).expand_as(p)))
    assert torch.allclose(answer.displacement, torch.tensor([1.0, 2.0, 3.0]).expand(50, 3), atol=1e-4)


def test_the_local_linear_sum_reproduces_most_of_an_affine_motion():
    """The network's own part, without the common motion being taken out before."""
    matrix = torch.tensor([[0.1, 0.02, 0.0], [0.0, -0.08, 0.05], [0.03, 0.0, 0.1]])
    sample = keys(600, motion=lambda p: p @ matrix)
    index, _ = nearest(QUERIES, sample.points, 31)
    around = sample.displacement[index]
    offset = sample.points[index] - QUERIES[:, None]
    found, _, _ = untrained().network(offset, around, torch.zeros_like(around), torch.zeros(50, 31))
    error = (found - QUERIES @ matrix).norm(dim=1)
    assert error.mean() < 0.2 * (QUERIES @ matrix).norm(dim=1).mean()


def test_the_second_scale_follows_what_the_first_leaves():
    network, sample = untrained().network, keys(600, motion=lambda p: 4 * (p / 6).sin())
    rest = unexplained(network, sample.points, sample.displacement, torch.zeros(600))
    index, _ = nearest(sample.points, sample.points, 31)
    offset = sample.points[index] - sample.points[:, None]
    around, logits = sample.displacement[index], torch.zeros(600, 31)
    coarse, both = (network(offset, around, e, logits)[0] for e in (torch.zeros_like(around), rest[index]))
    assert torch.allclose(sample.displacement - coarse, rest, atol=1e-4)
    assert (sample.displacement - both).norm(dim=1).mean() < 0.9 * rest.norm(dim=1).mean()


def test_a_key_that_nobody_trusts_hardly_counts():
    base = keys(motion=lambda p: torch.zeros_like(p))
    displacement = base.displacement.clone()
    displacement[3] = 30.0
    trusted = Keys(base.points, displacement, base.confidence, base.statistics)
    confidence = base.confidence.clone()
    confidence[3] = 0.01
    doubted = Keys(base.points, displacement, confidence, base.statistics)
    at = base.points[3:4] + 3.0
    lengths = [float(TwoScaleGaussian().spread(at, k).displacement.norm()) for k in (trusted, doubted)]
    assert lengths[1] < 0.1 * lengths[0]


def test_the_answer_is_linear_in_the_displacements():
    """Formula (1): weights that do not depend on a common factor of d, once the scores are fixed."""
    network, (index, _) = untrained().network, nearest(QUERIES, keys().points, 30)
    offset = keys().points[index] - QUERIES[:, None]
    first, second = (torch.rand(50, 30, 3, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    weights = torch.softmax(torch.rand(50, 30, generator=torch.Generator().manual_seed(3)), 1)

    def linear(d):
        return network._local_linear(offset / 10, d, weights)

    assert torch.allclose(linear(2 * first - 3 * second), 2 * linear(first) - 3 * linear(second), atol=1e-5)


def test_key_features_say_whether_there_are_statistics():
    without, present = key_features(keys()), key_features(keys(statistics=STATISTICS))
    assert without.shape == present.shape == (200, KEY_FEATURES)
    assert (without[:, COUNT:] == 0).all()
    assert (present[:, -2] == 1).all()


def test_key_features_hold_the_confidence():
    doubted = keys()
    doubted = Keys(doubted.points, doubted.displacement, torch.linspace(0.01, 1, 200), doubted.statistics)
    assert torch.allclose(key_features(doubted)[:, -1].exp(), doubted.confidence)


def test_residuals_point_at_the_wrong_key():
    found = keys(motion=lambda p: 0.05 * p)
    displacement = found.displacement.clone()
    displacement[11] += torch.tensor([15.0, 0.0, 0.0])
    features = residual_features(found.points, displacement)
    errors = torch.expm1(features[:, 3])  # 24 neighbours
    assert int(errors.argmax()) == 11
    assert errors[11] == pytest.approx(15.0, abs=1.0)


def test_moving_everything_changes_nothing():
    sample = keys(motion=lambda p: 0.1 * p.roll(1, 1))
    moved = Keys(sample.points + 500.0, sample.displacement, sample.confidence, sample.statistics)
    for kernel in (TwoScaleGaussian(), untrained()):
        here, there = kernel.spread(QUERIES, sample).displacement, kernel.spread(QUERIES + 500.0, moved).displacement
        assert (here - there).abs().max() < 2e-3


def test_small_inverses():
    matrices = torch.rand(20, 3, 3, generator=torch.Generator().manual_seed(4)) + 2 * torch.eye(3)
    assert np.allclose(inverse_3x3(matrices), torch.linalg.inv(matrices), atol=1e-5)
