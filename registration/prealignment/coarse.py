"""A scan as the pre-alignment sees it: windowed, on a coarse lattice along the patient axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from registration.geometry import Grid
from registration.presets import Preset
from registration.volume import Volume
from registration.working import lattice_around, resample

STEP_MM = 6.0


@dataclass(frozen=True)
class CoarseScan:
    """`image` (z, y, x) in [0, 1] and `inside` (z, y, x) bool, on `grid`, STEP_MM along the patient axes."""

    image: Tensor
    inside: Tensor
    grid: Grid


def coarse_scan(volume: Volume, preset: Preset) -> CoarseScan:
    """The whole of a volume."""
    corners = volume.grid.corners()
    grid = lattice_around(corners.min(0), corners.max(0), STEP_MM)
    return CoarseScan(*resample(volume, grid, np.eye(4), preset), grid)
