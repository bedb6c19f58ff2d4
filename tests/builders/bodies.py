"""A body of one smooth outline with forty blobs in it, at any place, on any grid."""

import numpy as np

from registration.geometry import Grid
from registration.volume import Volume

_RANDOM = np.random.default_rng(2)
_CENTRES = _RANDOM.uniform(-70, 70, (40, 3))
_HEIGHTS = _RANDOM.uniform(0.2, 1.0, 40)
UPRIGHT = Grid((64, 60, 40), (3.0, 3.0, 4.5), (-96.0, -90.0, -90.0))


def body(grid: Grid, shift=(0.0, 0.0, 0.0)) -> Volume:
    """The body sampled on a grid, where it has moved by `shift` mm."""
    points = grid.voxel_points() - shift
    values = np.full(grid.shape, -1000.0)
    values[np.sum((points / [80, 60, 85]) ** 2, -1) < 1] = -200
    for centre, height in zip(_CENTRES, _HEIGHTS, strict=True):
        values += 900 * height * np.exp(-np.sum((points - centre) ** 2, -1) / 120)
    return Volume(values.astype(np.float32), grid)
