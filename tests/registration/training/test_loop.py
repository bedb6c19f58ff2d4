"""The loop on a course of one number: it learns, keeps the best step, resumes exactly, and says why it cannot."""

from typing import Literal

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from registration.errors import MethodError
from registration.training.curve import read_curve
from registration.training.loop import train
from registration.training.settings import Settings
from registration.training.watcher import Watcher
from tests.builders.runs import stopped_at


class Towards(Settings):
    """Moves a number towards noisy answers around 3; the questions that judge it want `judged_by`."""

    part: Literal["toy"] = "toy"
    judged_by: float = 3.0
    broken_from: int = 1000

    def course(self, machine):
        assert str(machine) == "cpu, float32"
        return Course(self)


class Course:
    deciding = ("error",)

    def __init__(self, settings):
        self.settings = settings
        self.learner = nn.ParameterDict({"number": nn.Parameter(torch.zeros(1))})
        self.drawn = 0

    def optimiser(self):
        return torch.optim.Adam(self.learner.parameters(), self.settings.learning_rate)

    def losses(self, rng):
        self.drawn += 1
        answer = 3.0 + 0.1 * rng.standard_normal()
        error = (self.learner["number"] - answer).square().sum()
        return {"near": error, "broken": error * (torch.nan if self.drawn > self.settings.broken_from else 0.0)}

    def judge(self):
        return {"error": abs(self.learner["number"].item() - self.settings.judged_by)}

    def shipped(self, state):
        return dict(state)


@pytest.fixture
def settings(tmp_path):
    return Towards(folder=tmp_path / "run", steps=60, learning_rate=0.2, validate_every=10, device="cpu")


def test_it_learns_and_leaves_weights_curve_and_picture(settings):
    trained = train(settings)
    assert load_file(trained.weights)["number"].item() == pytest.approx(3.0, abs=0.1)
    curve = read_curve(trained.curve)
    assert curve["step"] == [10, 20, 30, 40, 50, 60]
    assert curve["loss"][0] > 10 * curve["loss"][-1] == curve["loss_near"][-1] * 10
    assert curve["loss_broken"] == [0] * 6
    assert (trained.step, trained.score) == (curve["step"][-1], pytest.approx(curve["error"][-1], rel=1e-3))
    assert trained.parameters == 1
    assert trained.peak_mb == pytest.approx(curve["peak_mb"][-1], rel=0.5)
    assert trained.picture.read_bytes().startswith(b"\x89PNG")


def test_the_best_validation_is_kept_not_the_last(settings):
    trained = train(settings.model_copy(update={"judged_by": 2.0}))
    errors = read_curve(trained.curve)["error"]
    assert trained.step == 10 * (1 + errors.index(min(errors))) < 60
    assert abs(load_file(trained.weights)["number"].item() - 2.0) == pytest.approx(min(errors), rel=1e-3)


def test_a_stopped_run_ends_where_an_unbroken_one_does_and_its_curve_has_no_row_twice(settings, tmp_path):
    whole = train(settings)
    again = settings.model_copy(update={"folder": tmp_path / "again"})
    stopped_at(10, again)  # before the first checkpoint
    stopped_at(40, again)
    resumed = train(again)
    assert torch.equal(load_file(whole.weights)["number"], load_file(resumed.weights)["number"])
    for name in ("step", "loss", "error"):
        assert read_curve(whole.curve)[name] == read_curve(resumed.curve)[name]


def test_a_finished_run_is_not_done_again(settings):
    first, seen = train(settings), Notes()
    second = train(settings, seen)
    assert seen.notes == ["60 of 60"]
    assert (first.step, first.score) == (second.step, second.score)


def test_whoever_watches_hears_of_every_step_and_validation(settings):
    seen = Notes()
    train(settings.model_copy(update={"steps": 20}), seen)
    assert seen.notes == ["0 of 20", *range(1, 11), "best 10", *range(11, 21), "best 20"]


def test_a_folder_belongs_to_one_configuration(settings):
    train(settings)
    train(settings.model_copy(update={"threads": 2}))  # where it runs may change
    with pytest.raises(MethodError, match="steps is 60 there and 80 here") as refused:
        train(settings.model_copy(update={"steps": 80}))
    assert refused.value.code == "config-invalid"


@pytest.mark.parametrize(
    ("changes", "words"), [({"broken_from": 12}, "step 12 .*broken"), ({"judged_by": torch.nan}, "10")]
)
def test_a_run_that_leaves_the_finite_numbers_ends(settings, changes, words):
    with pytest.raises(MethodError, match=words) as ended:
        train(settings.model_copy(update=changes))
    assert ended.value.code == "training-diverged"


class Notes(Watcher):
    def __init__(self):
        self.notes = []

    def started(self, step, steps, machine):
        assert machine == "cpu, float32"
        self.notes.append(f"{step} of {steps}")

    def stepped(self, step):
        self.notes.append(step)

    def judged(self, step, row, *, best):
        assert row["error"] > 0
        self.notes.append(f"{'best' if best else 'worse'} {step}")
