"""A synthetic pair becomes a training example: two windowed crops, points on the fixed one, their displacements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.geometry import Grid
from registration.keypoints.foerstner import foerstner_response
from registration.presets import PRESETS
from registration.training.appearance import another_contrast, another_exposure
from registration.training.smooth import Floats
from registration.training.synthetic import SyntheticPair
from registration.volume import Volume

CANDIDATES, RIVALS = 3000, 8


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
    fixed, moving = windowed(pair.fixed), windowed(pair.moving)
    if rng.uniform() < 0.5:
        curve = int(rng.integers(2**32))
        fixed, moving = (another_contrast(image, np.random.default_rng(curve)) for image in (fixed, moving))
    fixed, moving = (np.clip(another_exposure(i, rng, bias=rng.uniform(0, 0.1)), 0, 1) for i in (fixed, moving))
    start = np.array([int(rng.integers(0, max(n - size, 0) + 1)) for n in pair.fixed.grid.size])  # (x, y, z)
    fixed_crop, fixed_grid = _crop(fixed, pair.fixed.grid, start, size)
    drift = pair.truth.at(fixed_grid.voxel_points()[::8, ::8, ::8].reshape(-1, 3)).mean(0) / pair.fixed.grid.spacing_mm
    moving_crop, moving_grid = _crop(moving, pair.moving.grid, np.round(start + drift).astype(int), size)
    chosen = _structured_points(fixed_crop, fixed_grid, moving_grid, pair, rng)[:points]
    truth = torch.from_numpy(pair.truth.at(chosen)).float()
    return Example(fixed_crop, fixed_grid, moving_crop, moving_grid, torch.from_numpy(chosen).float(), truth)


def _crop(image: Floats, grid: Grid, start: NDArray[np.int64], size: int) -> tuple[Tensor, Grid]:
    """At most `size` voxels per axis from `start` (x, y, z), moved so that the crop stays within the image."""
    start = np.clip(start, 0, np.maximum(np.asarray(grid.size) - size, 0))
    x, y, z = start.tolist()
    crop = np.ascontiguousarray(image[z : z + size, y : y + size, x : x + size])
    ox, oy, oz = grid.index_to_mm(start).tolist()
    depth, height, width = crop.shape
    return torch.from_numpy(crop), Grid((width, height, depth), grid.spacing_mm, (ox, oy, oz))


def _structured_points(
    image: Tensor, grid: Grid, moving_grid: Grid, pair: SyntheticPair, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Points (M, 3) mm that both crops show: of eight random voxels each the one of the strongest response."""
    index = rng.integers(2, np.asarray(grid.size) - 2, (CANDIDATES, 3))
    points = grid.index_to_mm(index)
    seen = pair.visible(points) & moving_grid.contains(pair.truth.map_points(points))
    index, points = index[seen], points[seen]
    groups = len(index) // RIVALS
    x, y, z = index[: groups * RIVALS].T
    strength = foerstner_response(image).numpy()[z, y, x].reshape(groups, RIVALS)
    return np.asarray(points[np.arange(groups) * RIVALS + strength.argmax(1)])
