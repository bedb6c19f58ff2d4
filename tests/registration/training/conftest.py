"""Small bodies to train on: textured tissue with two air-filled lungs, and two phantoms on odd grids."""

import numpy as np
import pytest

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.training.data.pairs import TrainingPair
from registration.training.smooth import random_map
from registration.volume import Volume
from tests.builders.grids import turned

FIXED = turned(Grid((44, 34, 30), (7.0, 7.5, 8.0), (-150.0, -125.0, -110.0)), (4.0, -6.0, 10.0), (-1, -1, 1))
MOVING = Grid((46, 36, 32), (7.0, 7.0, 8.0), (-160.0, -125.0, -120.0))


@pytest.fixture(scope="session")
def torso():
    grid = Grid((70, 60, 64), (3.0, 3.0, 3.0), (-105.0, -90.0, 40.0))
    x, y, z = np.moveaxis(grid.voxel_points() - grid.index_to_mm((34.5, 29.5, 31.5)), -1, 0)
    texture = 60 * random_map(grid.shape, 1, 1.2, np.random.default_rng(5))[..., 0]
    body = (x / 95) ** 2 + (y / 75) ** 2 < 1
    lungs = ((np.abs(x) - 45) / 28) ** 2 + (y / 40) ** 2 + ((z - 30) / 50) ** 2 < 1
    hounsfield = np.where(body, np.where(lungs, -800 + texture, 40 + texture), -1000)
    return Volume(hounsfield.astype(np.float32), grid)


@pytest.fixture(scope="session")
def phantoms():
    """A thorax and an abdomen."""
    return [make_phantom(kind, seed=3, grid=FIXED, moving_grid=MOVING) for kind in ("thorax", "abdomen")]


@pytest.fixture(scope="session")
def known_pair(phantoms):
    """The abdomen with everything that a pair can bring: two label maps, landmarks, the true field."""
    made = phantoms[1]
    vectors = made.field(FIXED.voxel_points()).reshape(*FIXED.shape, 3).astype(np.float32)
    maps = tuple((made.fixed_masks[name], made.moving_masks[name]) for name in ("lung", "liver"))
    landmarks = (made.landmarks_fixed, made.landmarks_moving)
    return TrainingPair(made.fixed, made.moving, maps, landmarks, DisplacementField(vectors, FIXED))
