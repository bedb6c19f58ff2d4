"""The trial of what the paper's kernel leaves open: it learns from files, judges by others, and compares fairly."""

import numpy as np
import pytest

from experiments.dual_stream import trial
from experiments.dual_stream.trial import Reading, handmade_error, lessons_of, trained_error
from registration.kernel.gaussian import TwoScaleGaussian


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """Of five patients whose tissue stretches along z; voxel tables as Learn2Reg has them."""
    monkeypatch.setattr(trial, "TAUGHT", 8)
    monkeypatch.setattr(trial, "EXAMS_PER_SET", 1)
    rng = np.random.default_rng(1)
    for i in range(5):
        fixed = rng.uniform(20, 100, (300, 3)).round()
        moving = fixed * [1.0, 1.0, 1.05 + 0.05 * i]
        np.savetxt(tmp_path / f"{i}.csv", np.hstack([fixed, moving]), delimiter=",")
    return lessons_of(tmp_path)


def test_four_patients_are_left_out(lessons):
    taught, exams = lessons
    assert (len(taught), len(exams)) == (8, 4)


@pytest.mark.parametrize("pair_head", [False, True])
def test_a_reading_learns(lessons, pair_head):
    before, after = (
        trained_error(Reading(20.0, learned_length=True, pair_head=pair_head, steps=steps), *lessons)
        for steps in (0, 20)
    )
    assert after < before


def test_a_handmade_kernel_is_judged_by_the_same_exams(lessons):
    assert 0 < handmade_error(TwoScaleGaussian(), lessons[1]) < 10
