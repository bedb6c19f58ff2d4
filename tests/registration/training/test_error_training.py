"""The course of the error bound: cases tell the truth, the lines are found again, the bounds hold on other cases."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from registration.confidence.causes import CAUSES
from registration.confidence.model import CalibratedModel
from registration.model import default_model
from registration.training.error import ErrorCourse, ErrorLearner, ErrorTraining, standard
from registration.training.error_cases import ErrorCase, ErrorCaseStore, error_case
from registration.training.synthetic import synthetic_pair

STRENGTH = torch.tensor([0.4, 0.0, 0.2, 0.0, 0.3, 0.0, 0.0, 0.1])


@pytest.fixture(scope="module")
def registered(torso):
    pair = synthetic_pair(torso, 6, size=56)
    return pair, error_case(pair, default_model(), 6)


def test_a_case_knows_how_far_each_field_misses_the_truth(registered):
    pair, case = registered
    motion = np.linalg.norm(pair.truth.vectors_mm, axis=-1).mean()
    kernel, finished = case.miss.norm(dim=2).median(dim=1).values
    assert finished < kernel < motion
    assert case.causes.shape == (2, len(case.distinctive), len(CAUSES))
    assert torch.isfinite(case.causes).all()
    assert 0.2 < case.distinctive.float().mean() < 0.8


def test_only_the_finish_moves_the_field(registered):
    moved = registered[1].causes[..., CAUSES.index("moved")]
    assert torch.allclose(moved[0], moved[0, 0])
    assert moved[0, 0] < moved[1].mean()


def test_a_case_is_made_once(registered, tmp_path):
    pair, case = registered
    asked = []
    pairs = SimpleNamespace(pair=lambda volume, seed: asked.append((volume, seed)) or pair)
    store = ErrorCaseStore(pairs, tmp_path, default_model())
    path = store.path("some", 6)
    case.save(path)
    (read,) = store.cases(["some"], [6])
    assert torch.equal(read.causes, case.causes)
    assert torch.equal(read.miss, case.miss)
    assert not asked


def drawn(seed: int, count: int = 3000) -> ErrorCase:
    """Causes at random, and misses whose mean follows from them by `STRENGTH`; twice as large without the finish."""
    generator = torch.Generator().manual_seed(seed)
    causes = torch.randn(2, count, len(CAUSES), generator=generator)
    size = torch.exp(causes @ STRENGTH) * torch.tensor([[2.0], [1.0]])
    miss = size[..., None] * torch.randn(2, count, 3, generator=generator) / 1.596  # the mean length of three normals
    return ErrorCase(causes, miss, torch.rand(count, generator=generator) < 0.5)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> ErrorCourse:
    settings = ErrorTraining(
        part="error",
        train=(),
        held_out=(),
        scans=".",
        cache=".",
        folder=tmp_path_factory.mktemp("run"),
        steps=80,
        device="cpu",
    )
    cases = [drawn(seed) for seed in range(4)]
    made = ErrorCourse(settings, settings.machine(), ErrorLearner(*standard(cases)), cases, [drawn(9), drawn(10)])
    optimiser = torch.optim.Adam(made.learner.parameters(), 0.1)
    for step in range(settings.steps):
        loss = torch.stack(list(made.losses(np.random.default_rng(step)).values())).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return made


def test_the_lines_are_found_again(course):
    found = course.learner.strength.detach() / course.learner.deviation
    assert torch.allclose(found, STRENGTH.expand(2, -1), atol=0.06)
    assert (found >= 0).all()
    scores = course.judge()
    assert scores["rank_finished"] > 0.4
    assert scores["finished"] < scores["kernel"]


def test_what_is_shipped_bounds_other_cases(course):
    model = CalibratedModel(**course.shipped(course.learner.state_dict()))
    other, expected = drawn(77), {}
    for row, finished in enumerate((False, True)):
        line = (other.causes[row] - model.mean) / model.deviation @ model.strength[row] + model.level[row]
        expected[finished] = line.exp().numpy()
        within = other.miss[row].norm(dim=1).numpy() <= model.bounds(finished=finished).at(expected[finished])
        assert 0.87 <= within[expected[finished] > 3].mean() <= 0.97  # where clicks hardly count
    assert expected[False].mean() == pytest.approx(2 * expected[True].mean(), rel=0.1)
