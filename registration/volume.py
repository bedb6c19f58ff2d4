"""A volume: intensities on a grid. What every reader makes and the method takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Grid


@dataclass(frozen=True)
class Volume:
    """Intensities `values` (z, y, x) on `grid`: Hounsfield units for CT, arbitrary for MR, 0/1 or labels for masks."""

    values: NDArray[np.float32]
    grid: Grid

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise ValueError(f"values of shape {self.values.shape} on a grid of shape {self.grid.shape} (z, y, x)")
