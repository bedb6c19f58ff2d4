"""Two small phantoms on grids as scanners make them."""

import pytest

from registration.geometry import Grid
from registration.phantom import make_phantom
from tests.builders.grids import turned

FIXED = turned(Grid((44, 34, 30), (7.0, 7.5, 8.0), (-150.0, -125.0, -110.0)), (4.0, -6.0, 10.0), (-1, -1, 1))
MOVING = Grid((46, 36, 32), (7.0, 7.0, 8.0), (-160.0, -125.0, -120.0))


@pytest.fixture(scope="session")
def phantoms():
    return [make_phantom(kind, seed=3, grid=FIXED, moving_grid=MOVING) for kind in ("thorax", "abdomen")]
