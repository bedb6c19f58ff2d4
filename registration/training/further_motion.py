"""Cases become cases of another motion: a slide along a random surface, or waves, join keys and truth alike.

The matcher's mistakes stay what they are; what changes is how far and how unevenly the body moves, beyond what its
pairs show. A kernel trained without slides takes large sliding motion for a mistake, one without waves smooths what is
local (both seen on real livers).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Motion = Callable[[Tensor], Tensor]
"""Displacements (..., 3) mm of points (..., 3) mm."""
LARGEST_SLIDE_MM = 25.0
LINEAR_SD = 0.04
WAVE_MM = 12.0
WAVES, WAVE_LENGTH_MM, LARGEST_WAVE_MM = 8, (35.0, 120.0), 2.5


def random_slide(centre: Tensor, extent_mm: float, rng: np.random.Generator) -> Motion:
    """A field (N, 3) mm of points (N, 3) mm: up to 25 mm on one side of a wavy surface, and a linear part."""
    normal, along = (_unit(rng) for _ in range(2))
    slide = float(rng.uniform(0, LARGEST_SLIDE_MM)) * along
    place = centre + torch.from_numpy(rng.uniform(-0.3, 0.3, 3) * extent_mm).float()
    wave, phase = _unit(rng) * 2 * np.pi / rng.uniform(80, 200), float(rng.uniform(0, 2 * np.pi))
    linear = torch.from_numpy(rng.normal(size=(3, 3)) * LINEAR_SD * rng.uniform()).float()
    width = float(rng.uniform(0.7, 3.0))

    def field(points: Tensor) -> Tensor:
        offset = points - place
        depth = offset @ normal + WAVE_MM * torch.sin(offset @ wave + phase)
        return torch.sigmoid(depth / width)[..., None] * slide + offset @ linear

    return field


def random_waves(rng: np.random.Generator) -> Motion:
    """Eight plane waves of 35 to 120 mm in random directions; together they move by up to about 2.5 mm."""
    vectors = (
        torch.stack([_unit(rng) for _ in range(WAVES)]).T
        * torch.from_numpy(2 * np.pi / rng.uniform(*WAVE_LENGTH_MM, WAVES)).float()
    )
    height = rng.uniform(0, LARGEST_WAVE_MM) / np.sqrt(1.5 * WAVES)
    heights = torch.from_numpy(rng.normal(size=(WAVES, 3)) * height).float()
    phases = torch.from_numpy(rng.uniform(0, 2 * np.pi, WAVES)).float()

    def field(points: Tensor) -> Tensor:
        return torch.sin(points @ vectors + phases) @ heights

    return field


def _unit(rng: np.random.Generator) -> Tensor:
    direction = rng.normal(size=3)
    return torch.from_numpy(direction / np.linalg.norm(direction)).float()
