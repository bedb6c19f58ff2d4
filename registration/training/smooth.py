"""Random numbers become smooth random maps: cubic splines through white noise, at a chosen length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

KNOT_PER_SIGMA = 3**0.5  # a cubic B-spline with knots h apart is as wide as a Gaussian of sigma h / sqrt(3)
SPLINE_SD = (151 / 315) ** 1.5  # standard deviation of a 3D spline of unit white coefficients


def random_map(shape: tuple[int, ...], channels: int, sigma: float, rng: np.random.Generator) -> Floats:
    """A map (z, y, x, channels) of unit deviation, as smooth as white noise under a Gaussian of `sigma` voxels.

    The map is drawn in the infinite volume: a short axis sees little of a long wave.
    """
    bases = [_spline_basis(n, KNOT_PER_SIGMA * sigma, rng.uniform()) for n in shape]
    knots = rng.standard_normal((*(b.shape[1] for b in bases), channels)).astype(np.float32)
    for axis, basis in enumerate(bases):
        knots = np.moveaxis(np.tensordot(basis, knots, axes=(1, axis)), 0, axis)
    return (knots / SPLINE_SD).astype(np.float32)


def _spline_basis(count: int, spacing: float, phase: float) -> Floats:
    """Cubic B-spline weights (count, knots) of voxels 0 .. count - 1 between knots `spacing` voxels apart."""
    position = np.arange(count) / spacing + phase + 1.0
    distance = np.abs(position[:, None] - np.arange(int(np.ceil(position[-1])) + 2))
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)
