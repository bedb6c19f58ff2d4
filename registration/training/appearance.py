"""Intensities in [0, 1] become what another day or scanner would have shown: remapped, biased, blurred, noisy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from registration.training.smooth import random_map

Image = NDArray[np.float32]

CT_NOISE, MR_NOISE = (0.003, 0.012), (0.005, 0.03)


def another_contrast(image: Image, rng: np.random.Generator) -> Image:
    """Through a random curve: air stays dark, every tissue gets its own brightness, as between CT and MR."""
    knots = np.array([0.0, 0.25, 0.55, 0.68, 0.74, 0.82, 1.0])  # the soft tissues lie between .68 and .82
    levels = np.concatenate([[0.02, rng.uniform(0.02, 0.3)], rng.uniform(0.1, 1.0, 4), [rng.uniform(0.0, 1.0)]])
    return np.asarray(np.interp(image, knots, levels), np.float32)


def another_phase(image: Image, rng: np.random.Generator) -> Image:
    """Tissues brighten here and darken there, as with contrast agent: a curve that leaves the identity by 2 %."""
    knots = np.linspace(0, 1, 26)
    levels = np.clip(knots + 0.02 * rng.standard_normal(knots.shape), 0, 1)
    return np.asarray(np.interp(image, knots, levels), np.float32)


def another_exposure(image: Image, rng: np.random.Generator, *, bias: float) -> Image:
    """A gamma of 0.8 to 1.25 and a smooth gain of `bias` relative standard deviation (a coil, a dose)."""
    gain = 1 + bias * random_map(image.shape, 1, 20.0, rng)[..., 0]
    return np.asarray(image ** rng.uniform(0.8, 1.25) * gain, np.float32)


def another_density(image: Image, volume_ratio: Image, rng: np.random.Generator) -> Image:
    """Mass stays: air-filled tissue thins as it expands. `volume_ratio` (z, y, x): moving volume over fixed volume."""
    airy = np.clip((0.6 - image) / 0.2, 0, 1)
    ratio = np.clip(volume_ratio, 0.5, 2.0) ** (rng.uniform(0.4, 1.0) * airy)
    return np.asarray(image * ratio * (1 + 0.05 * random_map(image.shape, 1, 8.0, rng)[..., 0]), np.float32)


def another_scanner(image: Image, rng: np.random.Generator, *, noise: tuple[float, float] = CT_NOISE) -> Image:
    """Its own sharpness, its own noise (standard deviation within `noise`) with its own grain."""
    blurred = ndimage.gaussian_filter(image, rng.uniform(0.0, 0.6))
    grain = ndimage.gaussian_filter(rng.standard_normal(image.shape, np.float32), rng.uniform(0.3, 0.9))
    return np.asarray(np.clip(blurred + rng.uniform(*noise) * grain / grain.std(), 0, 1), np.float32)


def in_slices(image: Image, axis: int, thickness: float, phase: float) -> Image:
    """What is left of an image cut into slices across `axis`, each the mean of `thickness` voxels, linear in between.

    phase: where the first slice's middle lies, from 0 to 1 thickness before the first voxel.
    """
    position = np.arange(image.shape[axis])
    count = int(np.ceil(len(position) / thickness)) + 2
    middle = (np.arange(count) - phase) * thickness
    gap = np.abs(position[:, None] - middle)  # (voxels, slices)
    mean = np.clip(thickness / 2 + 0.5 - gap, 0, 1)
    between = np.clip(1 - gap / thickness, 0, 1)
    seen = mean.sum(0) > 0
    weights = between[:, seen] @ (mean / np.maximum(mean.sum(0), 1e-6)).T[seen]
    weights /= weights.sum(1, keepdims=True)
    return np.asarray(np.moveaxis(np.tensordot(weights.astype(np.float32), image, axes=(1, axis)), 0, axis), np.float32)
