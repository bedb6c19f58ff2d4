"""Appearance: contrast without new structure, mass that stays, values that remain in [0, 1]."""

import numpy as np
import pytest

from registration.training.appearance import (
    another_contrast,
    another_density,
    another_phase,
    another_scanner,
    in_slices,
)


@pytest.fixture
def image():
    return np.random.default_rng(1).uniform(0, 1, (24, 24, 24)).astype(np.float32)


def test_another_contrast_is_one_curve_for_the_whole_image(image):
    changed = another_contrast(image, np.random.default_rng(2))
    order = np.argsort(image.ravel())
    jumps = np.abs(np.diff(changed.ravel()[order]))
    assert jumps.max() < 0.01
    assert 0 <= changed.min() < changed.max() <= 1


def test_another_phase_moves_every_grey_value_a_little_and_all_equal_ones_alike(image):
    changed = another_phase(np.round(image, 1), np.random.default_rng(2))
    moved = [np.unique(changed[np.round(image, 1) == level]) for level in np.unique(np.round(image, 1))]
    assert all(len(values) == 1 for values in moved)
    apart = np.concatenate(moved) - np.unique(np.round(image, 1))
    assert 0.002 < np.abs(apart).max() < 0.08
    assert 0 <= changed.min() < changed.max() <= 1


def test_expanding_air_thins_and_soft_tissue_keeps_its_density():
    image = np.stack([np.full((24, 24), 0.2), np.full((24, 24), 0.72)]).astype(np.float32)
    half = another_density(image, np.full(image.shape, 0.5, np.float32), np.random.default_rng(3))
    assert half[0].mean() < 0.17
    assert half[1].mean() == pytest.approx(0.72, abs=0.06)


def test_another_scanner_stays_in_range_and_adds_noise(image):
    flat = np.full_like(image, 0.5)
    noisy = another_scanner(flat, np.random.default_rng(4))
    assert 0.002 < noisy.std() < 0.013
    extreme = another_scanner(np.round(image), np.random.default_rng(5))
    assert extreme.min() >= 0
    assert extreme.max() <= 1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_keep_slow_changes_and_mix_fast_ones_across_them_alone(axis):
    across, along = (np.moveaxis(np.indices((24, 24, 24))[0], 0, a).astype(np.float32) for a in (axis, (axis + 1) % 3))
    inner = (slice(3, -3),) * 3
    assert in_slices(across / 24, axis, 2.5, 0.3)[inner] == pytest.approx(across[inner] / 24, abs=0.03)
    assert np.abs(in_slices(np.cos(np.pi * across), axis, 3.0, 0.3))[inner].max() < 0.5
    assert in_slices(np.cos(np.pi * along), axis, 3.0, 0.3) == pytest.approx(np.cos(np.pi * along), abs=1e-4)
