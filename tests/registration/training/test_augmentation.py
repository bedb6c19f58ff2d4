"""Augmentation: noise and blur of the drawn size, the same for the same generator, none when none is wanted."""

import numpy as np
import pytest
import torch

from registration.training.augmentation import augmented


def test_noise_has_the_drawn_deviation():
    flat = torch.full((40, 40, 40), 0.5)
    deviations = [
        augmented(flat, np.random.default_rng(seed), noise=0.04, blur_voxels=0.0).std().item() for seed in range(20)
    ]
    drawn = [np.random.default_rng(seed).uniform(0, 1, 2)[1] * 0.04 for seed in range(20)]
    assert deviations == pytest.approx(drawn, rel=0.02)


def test_blur_spreads_a_point_by_the_drawn_width_and_keeps_its_sum():
    point = torch.zeros(21, 21, 21)
    point[10, 10, 10] = 1.0
    found = augmented(point, np.random.default_rng(0), noise=0.0, blur_voxels=2.0)
    sigma = 2.0 * np.random.default_rng(0).uniform()
    spread = (found * (torch.arange(21.0) - 10).square()).sum().sqrt().item()
    assert found.sum().item() == pytest.approx(1.0, abs=1e-4)
    assert spread == pytest.approx(sigma, rel=0.05)


def test_a_generator_decides_everything_and_values_stay_in_range():
    image = torch.rand(12, 11, 10, generator=torch.Generator().manual_seed(0)).round()
    a, b, c = (augmented(image, np.random.default_rng(s), noise=0.1, blur_voxels=1.0) for s in (5, 5, 6))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert 0 <= a.min() <= a.max() <= 1
    assert torch.equal(augmented(image, np.random.default_rng(5), noise=0.0, blur_voxels=0.0), image)
