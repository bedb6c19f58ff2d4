"""A tumour and an ablation zone become coverage: how much of the tissue within k mm of the tumour was ablated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError

SHELLS_MM = tuple(float(k) for k in range(1, 11))
ROUNDING_MM = 1e-6


@dataclass(frozen=True)
class Shell:
    """The tissue within `thickness_mm` of the tumour: `voxels` of it, `covered` of them inside the zone."""

    thickness_mm: float
    voxels: int
    covered: int

    @property
    def covered_percent(self) -> float:
        """Raises UndefinedError where the shell holds no voxel centre: thinner than a voxel."""
        if not self.voxels:
            raise UndefinedError(f"No voxel centre lies within {self.thickness_mm:g} mm of the tumour.")
        return 100.0 * self.covered / self.voxels


def shell_coverage(
    tumour: Mask,
    zone: Mask,
    spacing_mm: tuple[float, float, float],
    *,
    thickness_mm: Sequence[float] = SHELLS_MM,
    organ: Mask | None = None,
) -> tuple[Shell, ...]:
    """One shell for each thickness k: voxels outside the tumour at most k from the centre of one of its voxels.

    Masks (z, y, x), spacing (x, y, z) mm. organ: where given, only its tissue counts. Raises UndefinedError without a
    tumour.
    """
    if not tumour.any():
        raise UndefinedError("Shells lie around a tumour, its mask is empty.")
    away = distance_transform_edt(~tumour, sampling=spacing_mm[::-1])
    outside = ~tumour if organ is None else organ & ~tumour
    shells = ((k, outside & (away <= k + ROUNDING_MM)) for k in thickness_mm)
    return tuple(Shell(k, int(np.count_nonzero(s)), int(np.count_nonzero(s & zone))) for k, s in shells)
