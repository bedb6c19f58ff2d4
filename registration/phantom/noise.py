"""Endless correlated noise: the same value at the same millimetre, whatever grid looks at it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from registration.phantom.shading import Values

LATTICE = 64
STEPS_PER_LENGTH = 2.0


class Noise:
    """A periodic field of unit variance, `channels` wide, trilinear on a lattice."""

    def __init__(self, rng: np.random.Generator, channels: int = 1) -> None:
        """`rng` decides the pattern."""
        white = rng.standard_normal((channels, LATTICE, LATTICE, LATTICE), np.float32)
        smooth = [gaussian_filter(channel, 1.2, mode="wrap") for channel in white]
        self.fields = [field / field.std() for field in smooth]

    def at(self, points: Values, length_mm: float, channel: int = 0) -> Values:
        """Noise (N,) at points (N, 3) mm with blobs of about `length_mm`."""
        lattice = (points * np.float32(STEPS_PER_LENGTH / length_mm)).T
        return np.asarray(map_coordinates(self.fields[channel], lattice, order=1, mode="grid-wrap"), np.float32)

    def vectors_at(self, points: Values, length_mm: float) -> Values:
        """Noise (N, 3), one channel per axis."""
        return np.stack([self.at(points, length_mm, channel) for channel in range(3)], axis=1)
