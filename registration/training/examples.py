"""A synthetic pair becomes a training example: two windowed crops, points on the fixed one, their displacements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.geometry import Grid
from registration.keypoints.foerstner import foerstner_points
from registration.presets import PRESETS
from registration.training.appearance import (
    another_contrast,
    another_density,
    another_exposure,
    another_phase,
    another_scanner,
)
from registration.training.smooth import Floats
from registration.training.synthetic import SyntheticPair
from registration.volume import Volume

CANDIDATES = 1000
RIM = 3


@dataclass(frozen=True)
class Example:
    """Crops (z, y, x) in [0, 1] on their grids; `points` (N, 3) mm on the fixed one and their `truth` (N, 3) mm."""

    fixed: Tensor
    fixed_grid: Grid
    moving: Tensor
    moving_grid: Grid
    points: Tensor
    truth: Tensor


def windowed(volume: Volume) -> Floats:
    """Intensities in [0, 1] by the window that registration itself would take."""
    low, high = PRESETS["auto"].window(volume)
    return np.asarray(np.clip((volume.values - low) / (high - low), 0, 1), np.float32)


def random_example(pair: SyntheticPair, rng: np.random.Generator, *, size: int, points: int) -> Example:
    """A crop of `size`^3 voxels with at most `points` points, in contrasts that the pair itself does not have."""
    fixed, moving = _another_day(windowed(pair.fixed), rng), windowed(pair.moving)
    if rng.uniform() < 0.5:
        curve = int(rng.integers(2**32))
        fixed, moving = (another_contrast(image, np.random.default_rng(curve)) for image in (fixed, moving))
    fixed, moving = (np.clip(another_exposure(i, rng, bias=rng.uniform(0, 0.1)), 0, 1) for i in (fixed, moving))
    start = np.array([int(rng.integers(0, max(n - size, 0) + 1)) for n in pair.fixed.grid.size])  # (x, y, z)
    fixed_crop, fixed_grid = _crop(fixed, pair.fixed.grid, start, size, rng)
    drift = pair.truth.at(fixed_grid.voxel_points()[::8, ::8, ::8].reshape(-1, 3)).mean(0) / pair.fixed.grid.spacing_mm
    moving_crop, moving_grid = _crop(moving, pair.moving.grid, np.round(start + drift).astype(int), size, rng)
    chosen = _keypoints(fixed_crop, fixed_grid, moving_grid, pair, rng)[:points]
    truth = torch.from_numpy(pair.truth.at(chosen)).float()
    return Example(fixed_crop, fixed_grid, moving_crop, moving_grid, torch.from_numpy(chosen).float(), truth)


def _another_day(image: Floats, rng: np.random.Generator) -> Floats:
    """One of the two scans in half of the examples each: fuller or emptier lungs, other contrast agent."""
    if rng.uniform() < 0.5:
        image = np.clip(another_density(image, np.full_like(image, rng.uniform(0.6, 1.6)), rng), 0, 1)
    return another_phase(image, rng) if rng.uniform() < 0.5 else image


def _crop(
    image: Floats, grid: Grid, start: NDArray[np.int64], size: int, rng: np.random.Generator
) -> tuple[Tensor, Grid]:
    """At most `size` voxels per axis from `start` (x, y, z), shifted into the image, with blur and noise of its own."""
    start = np.clip(start, 0, np.maximum(np.asarray(grid.size) - size, 0))
    x, y, z = start.tolist()
    crop = another_scanner(image[z : z + size, y : y + size, x : x + size], rng)
    ox, oy, oz = grid.index_to_mm(start).tolist()
    depth, height, width = crop.shape
    return torch.from_numpy(crop), Grid((width, height, depth), grid.spacing_mm, (ox, oy, oz))


def _keypoints(
    image: Tensor, grid: Grid, moving_grid: Grid, pair: SyntheticPair, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Förstner points (M, 3) mm that both crops show, in random order: what the matcher will be asked about."""
    inner = torch.zeros(grid.shape, dtype=torch.bool)
    inner[RIM:-RIM, RIM:-RIM, RIM:-RIM] = True
    index, _ = foerstner_points(image, inner, count=CANDIDATES)
    points = rng.permutation(grid.index_to_mm(index.numpy()))
    return np.asarray(points[pair.visible(points) & moving_grid.contains(pair.truth.map_points(points))])
