"""Intensities become 16 bit numbers and the line that leads back: intensity = slope * stored + intercept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = -(2**15), 2**15 - 1
FEWEST_STEPS = 255
"""A range of fewer whole numbers than this is one of fractions, and worth all 16 bits."""


@dataclass(frozen=True)
class Storage:
    """How intensities are stored in signed 16 bit numbers."""

    slope: float
    intercept: float

    @property
    def plain(self) -> bool:
        """Whether the stored numbers are the intensities, rounded."""
        return (self.slope, self.intercept) == (1.0, 0.0)

    def stored(self, values: NDArray[np.float32]) -> NDArray[np.int16]:
        """The nearest stored numbers."""
        scaled = values if self.plain else (values.astype(np.float64) - self.intercept) / self.slope
        return np.clip(np.rint(scaled), LOWEST, HIGHEST).astype("<i2")


def storage_of(values: NDArray[np.float32], *, whole: bool) -> Storage:
    """For these intensities: whole numbers as they are where they fit, else the range spread over 16 bits.

    whole: intensities are whole numbers by their nature, as Hounsfield units are, however narrow their range.
    """
    low, high = float(values.min()), float(values.max())
    fits = low >= LOWEST and high <= HIGHEST
    if fits and (whole or high - low > FEWEST_STEPS or high == low == round(low)):
        return Storage(1.0, 0.0)
    slope = float(f"{max(high - low, 1e-6) / (HIGHEST - LOWEST - 2):.10g}")  # as short as a decimal string must be
    return Storage(slope, float(f"{low - (LOWEST + 1) * slope:.10g}"))
