"""What a scanner makes of tissue: Hounsfield units as they are, or magnetic resonance contrast, and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from registration.phantom.shading import Values

TISSUE_HU = (-1000.0, -850.0, -700.0, -110.0, -60.0, 20.0, 60.0, 105.0, 135.0, 180.0, 300.0, 700.0)
MR_SIGNAL = (0.0, 22.0, 30.0, 210.0, 170.0, 60.0, 75.0, 110.0, 90.0, 165.0, 70.0, 12.0)
"""A made-up magnetic resonance signal by tissue: fat bright, bone and air dark, vessels bright in the liver."""


@dataclass(frozen=True)
class Appearance:
    """How the scans look: contrast, standard deviation of the noise (HU, or signal of 255), and its grain in voxels."""

    contrast: Literal["ct", "mr"] = "ct"
    noise: float = 12.0
    grain_voxels: float = 0.5


CT = Appearance()


def appear(hounsfield: Values, appearance: Appearance, rng: np.random.Generator) -> NDArray[np.float32]:
    """The scan (z, y, x) of tissue given in HU."""
    signal = hounsfield
    if appearance.contrast == "mr":
        signal = np.interp(hounsfield, TISSUE_HU, MR_SIGNAL) * _bias(hounsfield.shape, rng)
    if appearance.noise <= 0:
        return np.asarray(signal, np.float32)
    grain = gaussian_filter(rng.standard_normal(hounsfield.shape, np.float32), appearance.grain_voxels)
    noisy = signal + grain * np.float32(appearance.noise / max(float(grain.std()), 1e-6))
    return np.asarray(np.maximum(noisy, 0 if appearance.contrast == "mr" else -1024), np.float32)


def _bias(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    """Slow brightness changes of a coil: a random plane wave of 15 %."""
    axes = np.meshgrid(*(np.linspace(0, 1, n, dtype=np.float32) for n in shape), indexing="ij", sparse=True)
    way, phase = rng.uniform(-3, 3, 3), rng.uniform(0, 6.3)
    return np.asarray(1 + 0.15 * np.sin(sum(a * w for a, w in zip(axes, way, strict=True)) + phase), np.float32)
