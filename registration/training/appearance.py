"""Intensities in [0, 1] become what another day or scanner would have shown: remapped, biased, blurred, noisy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from registration.training.smooth import random_map

Image = NDArray[np.float32]


def another_contrast(image: Image, rng: np.random.Generator) -> Image:
    """Through a random curve: air stays dark, every tissue gets its own brightness, as between CT and MR."""
    knots = np.array([0.0, 0.25, 0.55, 0.68, 0.74, 0.82, 1.0])  # the soft tissues lie between .68 and .82
    levels = np.concatenate([[0.02, rng.uniform(0.02, 0.3)], rng.uniform(0.1, 1.0, 4), [rng.uniform(0.0, 1.0)]])
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


def another_scanner(image: Image, rng: np.random.Generator, *, thick_slices: bool) -> Image:
    """Its own sharpness, its own noise with its own grain; slices of twice the thickness when asked."""
    blurred = ndimage.gaussian_filter(image, rng.uniform(0.0, 0.6))
    if thick_slices:
        blurred = ndimage.gaussian_filter1d(blurred, rng.uniform(0.5, 1.2), axis=0)
    grain = ndimage.gaussian_filter(rng.standard_normal(image.shape, np.float32), rng.uniform(0.3, 0.9))
    noise = rng.uniform(0.003, 0.012) * grain / grain.std()
    return np.asarray(np.clip(blurred + noise, 0, 1), np.float32)
