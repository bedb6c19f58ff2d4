"""The field on its lattice becomes the displacement field on the fixed grid, folding on neither."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.lattice import read_out
from registration.field.repair import MAX_ROUNDS, repaired
from registration.geometry import Grid
from registration.sampling import ChannelMap

LATTICE_JACOBIAN_FLOORS = (0.1, 0.2, 0.3, 0.45)
"""The first does for most pairs; the others only where folds outlast the repair on the fixed grid."""
GRID_JACOBIAN_FLOOR = 0.02


def unfolded(field: ChannelMap, floor: float = LATTICE_JACOBIAN_FLOORS[0]) -> ChannelMap:
    """The lattice's field (z, y, x, 3) mm with det J >= floor where that is possible."""
    vectors, _ = repaired(field.values.numpy(), field.grid, floor=floor)
    return ChannelMap(torch.from_numpy(vectors), field.grid)


def on_fixed_grid(lattice: ChannelMap, grid: Grid, to_moving: NDArray[np.float64]) -> DisplacementField:
    """The field on the fixed grid, unfolded there too; where that fails the lattice is smoothed further first."""
    for floor in LATTICE_JACOBIAN_FLOORS:
        lattice = unfolded(lattice, floor)
        vectors, rounds = repaired(read_out(lattice, grid, to_moving).vectors_mm, grid, floor=GRID_JACOBIAN_FLOOR)
        if rounds < MAX_ROUNDS:
            break
    return DisplacementField(vectors, grid)
