"""A small body to train on: textured tissue with two air-filled lungs, on its own oblique-free grid."""

import numpy as np
import pytest

from registration.geometry import Grid
from registration.training.smooth import random_map
from registration.volume import Volume


@pytest.fixture(scope="session")
def torso():
    grid = Grid((70, 60, 64), (3.0, 3.0, 3.0), (-105.0, -90.0, 40.0))
    x, y, z = np.moveaxis(grid.voxel_points() - grid.index_to_mm((34.5, 29.5, 31.5)), -1, 0)
    texture = 60 * random_map(grid.shape, 1, 1.2, np.random.default_rng(5))[..., 0]
    body = (x / 95) ** 2 + (y / 75) ** 2 < 1
    lungs = ((np.abs(x) - 45) / 28) ** 2 + (y / 40) ** 2 + ((z - 30) / 50) ** 2 < 1
    hounsfield = np.where(body, np.where(lungs, -800 + texture, 40 + texture), -1000)
    return Volume(hounsfield.astype(np.float32), grid)
