"""The maps of a file, one after the other, become one displacement field on the fixed grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.blocks import cropped_grid, slabs
from registration.reading.fields.parts import Part, Sampled


def flattened(parts: tuple[Part, ...], fixed: Grid) -> tuple[DisplacementField, float]:
    """The field on `fixed`, and the percentage of its voxels at which every map is defined.

    A single field that lies on the fixed grid already is taken as it is, bit for bit.
    """
    own = same_field(parts, fixed)
    if own is not None:
        return DisplacementField(own, fixed), 100.0
    vectors, defined = np.empty((*fixed.shape, 3), np.float32), 0
    for box in slabs(fixed):
        grid, everywhere = cropped_grid(fixed, box), np.ones(box.shape, bool)
        displacement = np.zeros((*box.shape, 3))
        for part in parts:
            displacement, there = part.onward(grid, displacement)
            everywhere &= there
        vectors[box.slices] = displacement
        defined += int(np.count_nonzero(everywhere))
    return DisplacementField(vectors, fixed), 100.0 * defined / vectors[..., 0].size


def same_field(parts: tuple[Part, ...], fixed: Grid) -> NDArray[np.float32] | None:
    """The vectors of a single field on exactly the fixed grid, None where there is something to compute."""
    only = parts[0] if len(parts) == 1 else None
    return only.field.vectors_mm if isinstance(only, Sampled) and only.field.grid.same_place(fixed) else None
