"""The kernel's loop on real matches of small synthetic pairs: cases are true, training helps, runs resume."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from registration.kernel.attention import AttentionKernel
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.learned import KEY_FEATURES, STATISTICS
from registration.kernel.trained import trained_kernel
from registration.kernel.variants import WithoutStatistics
from registration.model import default_model
from registration.training.kernel import KernelTraining
from registration.training.kernel_cases import KernelCase, kernel_case
from registration.training.kernel_loss import Lesson, bounded, kernel_loss, reliability_loss
from registration.training.kernel_score import field_score
from registration.training.lessons import lesson_from_case, standardise
from registration.training.loop import train
from registration.training.synthetic import synthetic_pair
from tests.builders.runs import stopped_at

KERNELS = [
    pytest.param(trained_kernel()[0], 0.9, id="told the statistics"),
    pytest.param(WithoutStatistics(trained_kernel()[0]), 0.98, id="not told"),
]
"""With the share of the two Gaussians' error that each may make."""


@pytest.fixture(scope="module")
def case(torso):
    return kernel_case(synthetic_pair(torso, 8, size=56), default_model(), 8)


def test_keys_of_a_case_are_mostly_near_the_truth(case):
    error = (case.displacement - case.truth).norm(dim=1)[case.known]
    assert error.median() < 3.0
    assert case.truth.norm(dim=1).mean() > error.median()
    assert case.statistics.shape == (len(case.points), STATISTICS)
    neighbours = case.queries[:, 1:] - case.queries[:, :1]
    assert torch.allclose(neighbours, 4.0 * torch.eye(3).expand_as(neighbours), atol=1e-3)


def test_a_case_on_disk_is_the_case(case, tmp_path):
    case.save(tmp_path / "case.npz")
    read = KernelCase.load(tmp_path / "case.npz")
    assert torch.equal(read.statistics, case.statistics)
    assert torch.equal(read.known, case.known)


def test_score_of_a_perfect_kernel_is_zero_and_of_a_real_one_below_the_motion(case):
    class Truth:
        def spread(self, queries, keys):
            return replace(TwoScaleGaussian().spread(queries, keys), displacement=case.wanted.reshape(-1, 3))

    assert field_score(Truth(), [case]) == {"error_mm": 0.0, "worst_mm": 0.0, "rough_mm": 0.0}
    score = field_score(TwoScaleGaussian(), [case])
    assert 0 < score["error_mm"] < score["worst_mm"]
    assert score["error_mm"] < case.wanted.norm(dim=2).mean()


def test_a_few_steps_lower_the_loss(case):
    torch.manual_seed(0)
    network = AttentionKernel(KEY_FEATURES)
    lesson = lesson_from_case(case, np.random.default_rng(3))
    standardise(network, [lesson.features])
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    losses = []
    for _ in range(15):
        loss = kernel_loss(network, lesson)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.97 * losses[0]


@pytest.mark.parametrize(("kernel", "share"), KERNELS)
def test_the_shipped_kernel_beats_two_gaussians_in_a_body_it_has_never_seen(case, kernel, share):
    two, learned = field_score(TwoScaleGaussian(), [case]), field_score(kernel, [case])
    assert learned["error_mm"] < share * two["error_mm"]
    assert learned["worst_mm"] < share * two["worst_mm"]
    assert learned["rough_mm"] < 0.95 * two["rough_mm"]


def test_statistics_are_dropped_in_a_third_of_the_lessons(case):
    dropped = [bool((lesson_from_case(case, np.random.default_rng(i)).features[:, -2] == 0).all()) for i in range(24)]
    assert 4 <= sum(dropped) <= 13


def test_loss_is_exact_for_keys_that_move_as_one():
    points = torch.rand(80, 3) * 50
    shift = torch.tensor([3.0, -1.0, 7.0])
    lesson = Lesson(
        points, shift.expand(80, 3), torch.zeros(80, KEY_FEATURES), torch.full((80,), torch.nan),
        10 + 30 * torch.rand(20, 2, 3), shift.expand(20, 2, 3),
        torch.zeros(80, 3), torch.zeros(20, 2, 3),
    )  # fmt: skip
    assert kernel_loss(AttentionKernel(KEY_FEATURES), lesson).item() == pytest.approx(0.0, abs=1e-3)


def test_bounds_and_unknown_keys():
    assert bounded(torch.tensor([0.0, 12.0, 1e9]), 12.0) == pytest.approx([0.0, 6.0, 12.0])
    logits = torch.tensor([3.0, -3.0, 9.0])
    right, wrong = (torch.tensor([a, b, torch.nan]) for a, b in ((1.0, 0.0), (0.0, 1.0)))
    assert reliability_loss(logits, right) < reliability_loss(logits, wrong)
    assert reliability_loss(logits, torch.full((3,), torch.nan)) == 0


def test_a_resumed_run_in_correspondence_mode_is_the_unbroken_one(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("case_001.csv", "case_002.csv"):
        fixed = rng.uniform(20, 120, (300, 3))
        np.savetxt(tmp_path / name, np.c_[fixed, 0.95 * fixed + 2], delimiter=",")
    config = KernelTraining(
        part="kernel", mode="correspondences", train=("case_001.csv",), held_out=("case_002.csv",), scans=tmp_path,
        cache=tmp_path, folder=tmp_path / "a", steps=4, validate_every=2, held_out_pairs=1,
    )  # fmt: skip
    whole = train(config)
    again = config.model_copy(update={"folder": tmp_path / "b"})
    stopped_at(4, again)
    resumed = train(again)
    weights, others = load_file(whole.weights), load_file(resumed.weights)
    assert all(torch.equal(weights[name], others[name]) for name in weights | others)
