"""Where the moving scan lies roughly, before anything is deformed: shifted on its table, and turned where it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.prealignment.coarse import coarse_scan
from registration.prealignment.rotation import turned
from registration.prealignment.translation import best_translation
from registration.presets import Preset
from registration.volume import Volume

__all__ = ["align"]


def align(fixed: Volume, moving: Volume, preset: Preset) -> NDArray[np.float64]:
    """Rigid (4, 4) LPS matrix from fixed to moving points: a translation, unless the patient was turned."""
    scans = coarse_scan(fixed, preset), coarse_scan(moving, preset)
    return turned(*scans, best_translation(*scans))
