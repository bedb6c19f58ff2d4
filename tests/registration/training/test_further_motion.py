"""Further motion: joined to keys and truth alike it leaves every key's error as it was, and it really slides."""

import numpy as np
import pytest
import torch

from registration.training.further_motion import LARGEST_SLIDE_MM, LARGEST_WAVE_MM, random_slide, random_waves
from registration.training.kernel_cases import KernelCase
from registration.training.lessons import lesson_from_case


def test_a_slide_differs_across_its_surface_and_stays_bounded():
    points = torch.rand(4000, 3) * 100
    spans = []
    for seed in range(10):
        found = random_slide(points.mean(0), 60.0, np.random.default_rng(seed))(points)
        assert torch.isfinite(found).all()
        spans.append(float((found - found.median(0).values).norm(dim=1).max()))
    assert max(spans) > 10
    assert max(spans) < LARGEST_SLIDE_MM + 40


def test_waves_move_every_place_a_little_and_neighbours_alike():
    points = torch.rand(4000, 3, generator=torch.Generator().manual_seed(2)) * 200
    heights = []
    for seed in range(10):
        waves = random_waves(np.random.default_rng(seed))
        heights.append(float(waves(points).norm(dim=1).mean()))
        assert waves(points).norm(dim=1).max() < 4 * LARGEST_WAVE_MM
        assert (waves(points + 1.0) - waves(points)).norm(dim=1).max() < 1.0
    assert 0.3 < np.mean(heights) < LARGEST_WAVE_MM


def test_lessons_keep_each_key_as_right_or_wrong_as_the_matcher_left_it():
    generator = torch.Generator().manual_seed(1)
    points = torch.rand(300, 3, generator=generator) * 80
    error = torch.zeros(300, 3)
    error[::5] = 9.0
    case = KernelCase(
        points=points,
        displacement=error.clone(),
        confidence=torch.ones(300),
        statistics=torch.zeros(300, 36),
        truth=torch.zeros(300, 3),
        known=torch.arange(300) > 10,
        queries=points[:200].reshape(100, 2, 3),
        wanted=torch.zeros(100, 2, 3),
    )
    moved = 0
    for seed in range(8):
        lesson = lesson_from_case(case, np.random.default_rng(seed))
        extra = lesson.displacement - error  # what joined the keys joined the wanted answers as well
        where = torch.cdist(lesson.queries[:, 0], points).argmin(1)
        assert lesson.wanted[:, 0].numpy() == pytest.approx(extra[where].numpy(), abs=1e-3)
        assert torch.equal(torch.isnan(lesson.good), ~case.known)
        assert (lesson.good[case.known] == (error.norm(dim=1)[case.known] < 3)).all()
        moved += int(extra.abs().max() > 1)
    assert moved >= 3
