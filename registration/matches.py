"""Sparse correspondences found by the matcher: what the kernel spreads over space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField


@dataclass(frozen=True)
class Matches:
    """N matched keypoints: `fixed_mm` and `moving_mm` (N, 3) LPS millimetres, `confidence` (N,) in [0, 1].

    `statistics` (N, S) are the matcher's own measurements of each match (costs, entropies, forward-backward error),
    standardised; S is 0 for correspondences that come from elsewhere.
    """

    fixed_mm: NDArray[np.float32]
    moving_mm: NDArray[np.float32]
    confidence: NDArray[np.float32]
    statistics: NDArray[np.float32]

    def following(self, field: DisplacementField) -> Matches:
        """The same keypoints where the field takes them: with these as its keys the kernel speaks of this field."""
        moving = field.map_points(self.fixed_mm).astype(np.float32)
        return replace(self, moving_mm=moving)

    def __len__(self) -> int:
        return len(self.fixed_mm)
