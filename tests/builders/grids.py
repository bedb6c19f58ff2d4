"""Grids as scanners make them: anisotropic, oblique, flipped and off-centre are the normal case."""

import numpy as np
from scipy.spatial.transform import Rotation

from registration.geometry import Grid


def turned(grid: Grid, degrees: tuple[float, float, float], flips: tuple[int, int, int] = (1, 1, 1)) -> Grid:
    """The grid turned about its centre by Euler angles, some of its axes walked backwards."""
    centre = grid.corners().mean(axis=0)
    axes = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() @ grid.axes * np.asarray(flips)
    half = axes @ ((np.asarray(grid.size) - 1) / 2 * grid.spacing_mm)
    return Grid(grid.size, grid.spacing_mm, tuple(centre - half), tuple(map(tuple, axes)))


def odd_grids(grid: Grid) -> dict[str, Grid]:
    """The same place sampled along turned and flipped axes."""
    return {
        "upright": grid,
        "rotated": turned(grid, (12.0, -20.0, 35.0)),
        "flipped": turned(grid, (0.0, 0.0, 0.0), (-1, -1, 1)),
        "mirrored": turned(grid, (0.0, 0.0, 0.0), (1, 1, -1)),
        "coronal": turned(grid, (90.0, 0.0, 0.0)),
    }
