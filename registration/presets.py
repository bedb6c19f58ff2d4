"""Presets: how intensities become [0, 1] before features are taken, after the paper's two protocols, and `auto`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.errors import MethodError
from registration.volume import Volume

CT_AIR_HU = -500.0


@dataclass(frozen=True)
class Preset:
    """Intensity window, in Hounsfield units for CT (`low_hu`, `high_hu`) or as percentiles of the volume itself.

    low_percentile, high_percentile: used where the volume is no CT, or where the preset has no window.
    """

    name: str
    low_hu: float | None = None
    high_hu: float | None = None
    low_percentile: float = 0.5
    high_percentile: float = 99.5

    def window(self, volume: Volume) -> tuple[float, float]:
        """The two intensities that become 0 and 1."""
        if is_ct(volume) and self.low_hu is not None and self.high_hu is not None:
            return self.low_hu, self.high_hu
        low, high = np.percentile(_sample(volume.values), [self.low_percentile, self.high_percentile])
        return float(low), float(max(high, low + 1e-3))


PRESETS: dict[str, Preset] = {
    "auto": Preset("auto", -1000.0, 400.0),
    "thorax": Preset("thorax", -1000.0, 400.0),
    "abdomen": Preset("abdomen", -150.0, 250.0, 5.0, 95.0),
}
"""By name. `auto` takes the wide CT window, which also holds lungs, and percentiles for anything else."""


def preset_named(name: str) -> Preset:
    """The preset of this name. Raises MethodError `preset-unknown`."""
    if name not in PRESETS:
        raise MethodError("preset-unknown", f"No preset is called {name!r}; there are {', '.join(sorted(PRESETS))}.")
    return PRESETS[name]


def is_ct(volume: Volume) -> bool:
    """Whether the intensities look like Hounsfield units: a tenth of a percent or more lies in the range of air."""
    sample = _sample(volume.values)
    return bool(np.mean(sample < CT_AIR_HU) > 1e-3)


def _sample(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """About a hundred thousand voxels on a regular raster; the same ones each time."""
    step = max(1, round((values.size / 1e5) ** (1 / 3)))
    return values[::step, ::step, ::step]
