"""Random breathing: a smooth field at three lengths plus a cranio-caudal ramp that slides along an organ's surface."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from registration.geometry import Grid
from registration.sampling import ChannelMap, gaussian_blur
from registration.training.smooth import Floats, random_map

WAVES_MM = ((60.0, 1.0, 5.0), (30.0, 0.5, 2.5), (16.0, 0.1, 0.7))  # length, least and largest amplitude
LARGE_RAMP_MM, SMALL_RAMP_MM = (8.0, 30.0), (2.0, 10.0)
SLIDING_SHARE = 0.8
UNIFORM_SHARE = 0.3


def random_motion(grid: Grid, slides: ChannelMap, rng: np.random.Generator) -> Floats:
    """Displacements (z, y, x, 3) mm on `grid`; `slides` is 1 in what moves on its own, in the moving frame."""
    smooth, ramp = _waves(grid, rng), _ramp(grid, rng)
    if rng.uniform() > SLIDING_SHARE:
        return np.asarray(smooth + ramp, np.float32)
    landing = torch.from_numpy(grid.voxel_points().astype(np.float32) + smooth + ramp)
    inside = gaussian_blur(slides.at(landing)[..., 0][None], rng.uniform(1.4, 4.0) / grid.spacing_mm[0])[0]
    return np.asarray(smooth + inside[..., None].numpy() * ramp, np.float32)


def volume_ratio(displacements: Floats, step_mm: float) -> Floats:
    """Determinant (z, y, x) of the Jacobian of x + d(x): moving volume over fixed volume."""
    gradients = [np.gradient(displacements, step_mm, axis=axis) for axis in (2, 1, 0)]  # d/dx, d/dy, d/dz
    jacobian = np.stack(gradients, axis=-1) + np.eye(3, dtype=np.float32)
    return np.asarray(np.linalg.det(jacobian), np.float32)


def _waves(grid: Grid, rng: np.random.Generator) -> Floats:
    """The smooth part: waves of 60, 30 and 16 mm."""
    step = grid.spacing_mm[0]
    waves = [rng.uniform(low, high) * random_map(grid.shape, 3, sigma / step, rng) for sigma, low, high in WAVES_MM]
    return np.asarray(sum(waves), np.float32)


def _ramp(grid: Grid, rng: np.random.Generator) -> Floats:
    """Mostly along z, from nothing at one height to its full length at another."""
    direction = rng.normal(size=3) * (0.25, 0.25, 1.0)
    direction /= np.linalg.norm(direction)
    length = rng.uniform(*(LARGE_RAMP_MM if rng.uniform() < 0.5 else SMALL_RAMP_MM))
    height = _heights(grid, rng)
    return (length * height[:, None, None, None] * direction).astype(np.float32) * np.ones((*grid.shape, 3), np.float32)


def _heights(grid: Grid, rng: np.random.Generator) -> NDArray[np.float64]:
    """(z,) from 0 to 1, either way up, over half to one and a half of the grid's extent; or 1 all over (a liver)."""
    if rng.uniform() < UNIFORM_SHARE:
        return np.ones(grid.size[2])
    position = np.linspace(0, 1, grid.size[2])
    climb = np.clip((position - rng.uniform(-0.5, 0.3)) / rng.uniform(0.5, 1.5), 0, 1)
    return climb if rng.uniform() < 0.5 else climb[::-1]
