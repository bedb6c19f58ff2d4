"""A base field and its bumps become a corrected field that is computed where it is read: no array of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.refinement.bumps import Bump, support, wendland

Index = NDArray[np.int64]
Vectors = NDArray[np.float32]


class CorrectedVectors:
    """Reads like the array (z, y, x, 3) of the corrected field, to the bit, by three index arrays `[z, y, x]`."""

    def __init__(self, base: DisplacementField, bumps: Sequence[Bump]) -> None:
        self.shape = base.vectors_mm.shape
        self._base, self._bumps = base, bumps

    def __getitem__(self, key: tuple[Index, Index, Index]) -> Vectors:
        vectors = self._base.vectors_mm[key]
        total = vectors.astype(np.float64)
        for bump in self._bumps:
            self._add(bump, key, total)
        return total.astype(np.float32)

    def _add(self, bump: Bump, key: tuple[Index, Index, Index], total: NDArray[np.float64]) -> None:
        """What `bumps.corrected` adds at these voxels, by the same operations in the same order."""
        box, grid = support(self._base.grid, bump), self._base.grid
        ends = zip(reversed(key), box.start, box.stop, strict=True)
        near = np.logical_and.reduce([(one >= a) & (one < b) for one, a, b in ends])
        if not near.any():
            return
        places = zip(reversed(key), bump.centre, grid.spacing_mm, strict=True)
        x, y, z = (((one[near].astype(np.float64) - c) * (s / bump.radius_mm)) ** 2 for one, c, s in places)
        total[near] += wendland(x + (y + z))[:, None] * bump.amplitude_mm


def corrected_where_read(base: DisplacementField, bumps: Sequence[Bump]) -> DisplacementField:
    """The corrected field for reading at points; its vectors are no array, so it serves `at` and `map_points` alone."""
    if not bumps:
        return base
    return DisplacementField(cast(Vectors, CorrectedVectors(base, bumps)), base.grid)
