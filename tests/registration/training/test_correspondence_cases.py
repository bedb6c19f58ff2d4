"""Masked lessons: what is asked is hidden, what is spoiled is known, and nothing else changes."""

import numpy as np
import pytest
import torch

from registration.kernel.learned import KEY_FEATURES
from registration.training.correspondence_cases import LUNG_VOXEL_MM, masked_lesson, read_set


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 150, (600, 3))
    return np.concatenate([points, points * [1.0, 0.95, 0.9] + [0.0, 3.0, 12.0]], 1)


def test_a_file_is_read_in_millimetres(tmp_path):
    (tmp_path / "case_001.csv").write_text("27.0,112.0,65.0,20.0,88.0,53.0\n30.0,71.0,63.0,27.0,48.0,47.0\n")
    second = np.array([30, 71, 63, 27, 48, 47])
    assert read_set(tmp_path / "case_001.csv")[1] == pytest.approx(second * np.tile(LUNG_VOXEL_MM, 2))
    assert read_set(tmp_path / "case_001.csv", (1.0, 2.0, 1.0))[1] == pytest.approx(second * [1, 2, 1, 1, 2, 1])


def test_queries_are_hidden_from_the_keys(pairs):
    for seed in range(5):
        lesson = masked_lesson(pairs, np.random.default_rng(seed))
        apart = torch.cdist(lesson.queries[:, 0], lesson.points).min()
        assert apart > 1e-3
        assert 0.5 < len(lesson.points) / 600 < 0.85
        assert lesson.features.shape == (len(lesson.points), KEY_FEATURES)
        assert (lesson.features[:, -2] == 0).all()  # no statistics


def test_what_is_wrong_by_more_than_three_millimetres_is_called_wrong(pairs):
    spoiled = 0
    for seed in range(12):
        lesson = masked_lesson(pairs, np.random.default_rng(seed))
        asked, wanted = lesson.queries[:, 0].double().numpy(), lesson.wanted[:, 0].double().numpy()
        motion = np.linalg.lstsq(homogeneous(asked), wanted, rcond=None)[0]  # the clean motion is affine
        truth = homogeneous(lesson.points.double().numpy()) @ motion
        error = np.linalg.norm(lesson.displacement.double().numpy() - truth, axis=1)
        spoiled += int((lesson.good == 0).sum())
        assert error[lesson.good.numpy() == 1].max(initial=0) < 11  # a shift below 3 mm, and noise
        assert np.median(error[lesson.good.numpy() == 1]) < 2
    assert spoiled > 100


def homogeneous(points):
    return np.c_[points, np.ones(len(points))]
