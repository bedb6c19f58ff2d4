"""Balls as tumours and ablation zones on any grid, and fields whose error is promised everywhere alike."""

from dataclasses import dataclass

import numpy as np

from registration.confidence.bounds import ErrorBounds
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.result import Judged
from registration.volume import Volume


def ball(grid: Grid, centre, radius_mm: float) -> Volume:
    """1 in the voxels whose centres lie in the ball."""
    away = np.linalg.norm(grid.voxel_points() - centre, axis=-1)
    return Volume((away <= radius_mm).astype(np.float32), grid)


def shift_field(grid: Grid, shift=(0.0, 0.0, 0.0)) -> DisplacementField:
    """The same displacement everywhere."""
    return DisplacementField(np.broadcast_to(np.float32(shift), (*grid.shape, 3)).copy(), grid)


TWICE = ErrorBounds((0.9,), (1.0,), ((2.0,),))


@dataclass
class Promise(Judged):
    """An expected error map, and bounds that are twice as much."""

    error_mm: np.ndarray
    bounds: ErrorBounds = TWICE


def promise(grid: Grid, error_mm: float) -> Promise:
    """The same error expected everywhere."""
    return Promise(np.full(grid.shape, error_mm, np.float32))
