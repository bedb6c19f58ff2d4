"""The ablation's kernels: each keeps what it should of the kernel it stands beside, and lacks what it should."""

import pytest
import torch

from registration.kernel.attention import AttentionKernel
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys
from registration.kernel.learned import KEY_FEATURES, STATISTICS, LearnedKernel
from registration.kernel.variants import SingleGaussian, WithoutStatistics, constant

SHIFT = torch.tensor([3.0, -40.0, 7.0])
QUERIES = 60 * torch.rand(50, 3, generator=torch.Generator().manual_seed(9)) - 30


def keys(motion, statistics=STATISTICS) -> Keys:
    random = torch.Generator().manual_seed(1)
    points = 80 * torch.rand(300, 3, generator=random) - 40
    return Keys(points, motion(points), torch.ones(300), torch.rand(300, statistics, generator=random))


def untrained() -> LearnedKernel:
    torch.manual_seed(0)
    return LearnedKernel(AttentionKernel(KEY_FEATURES))


VARIANTS = [SingleGaussian(8.0), WithoutStatistics(untrained()), constant(untrained())]


@pytest.mark.parametrize("kernel", VARIANTS, ids=["gaussian", "no statistics", "constant"])
def test_a_constant_motion_is_reproduced(kernel):
    answer = kernel.spread(QUERIES, keys(lambda p: SHIFT.expand_as(p)))
    assert torch.allclose(answer.displacement, SHIFT.expand(50, 3), atol=1e-4)
    assert answer.disagreement.max() < 1e-3


def test_one_gaussian_is_two_of_one_width_without_the_second_pass():
    found = keys(lambda p: p.sin())
    doubted = Keys(found.points, found.displacement, torch.linspace(0.1, 1, 300), found.statistics)
    distance = torch.cdist(QUERIES, doubted.points)
    weights = doubted.confidence * torch.exp(-0.5 * (distance / 4.0) ** 2)  # of all keys: those beyond 30 are far away
    expected = weights @ doubted.displacement / weights.sum(1, keepdim=True)
    answer = SingleGaussian(4.0, neighbours=200).spread(QUERIES, doubted)
    assert torch.allclose(answer.displacement, expected, atol=1e-4)


def test_without_statistics_they_change_nothing():
    with_them, with_others = keys(lambda p: 4 * p.sin()), keys(lambda p: 4 * p.sin(), statistics=0)
    kernel = WithoutStatistics(untrained())
    assert torch.equal(kernel.spread(QUERIES, with_them).displacement, kernel.spread(QUERIES, with_others).displacement)
    told = untrained().spread(QUERIES, with_them).displacement
    assert not torch.allclose(kernel.spread(QUERIES, with_them).displacement, told, atol=1e-4)


def test_the_constant_sum_weighs_as_the_kernel_does_and_stays_within_the_keys():
    waves = keys(lambda p: 4 * (p / 25).sin())
    linear, plain = (kernel.spread(QUERIES, waves) for kernel in (untrained(), constant(untrained())))
    assert torch.equal(linear.attention_std, plain.attention_std)
    error = [(answer.displacement - 4 * (QUERIES / 25).sin()).norm(dim=1).mean() for answer in (linear, plain)]
    assert error[1] > 1.1 * error[0]  # only the linear sum follows a slope where the keys lie to one side


def test_variants_answer_any_number_of_queries_at_once():
    many = 30 * torch.randn(40_000, 3, generator=torch.Generator().manual_seed(2))
    found = keys(lambda p: p.sin())
    for kernel in (SingleGaussian(8.0), TwoScaleGaussian()):
        at_once = kernel.spread(many, found).displacement
        assert torch.allclose(at_once[39_990:], kernel.spread(many[39_990:], found).displacement, atol=1e-5)
