"""Two images of blobs that moved by a known shift, on a grid whose axes are oblique and permuted."""

from __future__ import annotations

import numpy as np

from registration.geometry import Grid
from registration.volume import Volume

SHIFT_MM = np.array([5.0, -3.0, 2.0])
MARGIN = 9
"""Voxels from the border, where tissue comes in and goes out."""


def oblique_grid(size: tuple[int, int, int] = (36, 40, 32)) -> Grid:
    """2 mm; x and y change places, all three axes are turned."""
    a, b = np.deg2rad(20), np.deg2rad(-15)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    axes = about_z @ about_x[:, [1, 0, 2]]
    return Grid(size, (2.0, 2.0, 2.0), (-30.0, 12.0, 100.0), tuple((float(x), float(y), float(z)) for x, y, z in axes))


def shifted_blobs(grid: Grid) -> tuple[Volume, Volume]:
    """Fixed and moving image in [0, 1] on the grid: what is at x in the fixed one is at x + SHIFT_MM in the other."""
    random = np.random.default_rng(0)
    centre = grid.index_to_mm((np.array(grid.size) - 1) / 2)
    blobs = list(zip(centre + random.uniform(-36, 36, (60, 3)), random.uniform(0.3, 1, 60), strict=True))

    def seen(points: np.ndarray) -> np.ndarray:
        return sum(height * np.exp(-((points - at) ** 2).sum(-1) / 60) for at, height in blobs)

    points = grid.voxel_points()
    images = seen(points), seen(points - SHIFT_MM)
    top = max(image.max() for image in images)
    return tuple(Volume((image / top).astype(np.float32), grid) for image in images)


def inner(vectors: np.ndarray) -> np.ndarray:
    """Vectors (N, 3) of the voxels away from the border."""
    inside = slice(MARGIN, -MARGIN)
    return vectors[inside, inside, inside].reshape(-1, 3)
