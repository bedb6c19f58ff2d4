"""A stored result with a known truth: the moving scan is a pattern, the fixed scan that pattern pulled by a field."""

import numpy as np
import pytest

from registration.archive import StoredResult, load_result, save_result
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.result import ModelIdentity, Registration
from registration.volume import Volume

MOVING = Grid((70, 60, 50), (1.1, 1.4, 2.0), (-60.0, -50.0, -30.0))
SHIFT = np.array([-4.0, -3.0, 5.0], np.float32)


def pattern(points: np.ndarray) -> np.ndarray:
    """HU of waves in space (mm), an eighth of a wave per voxel at most."""
    x, y, z = np.moveaxis(points, -1, 0)
    return (400 * np.sin(x / 7) * np.cos(y / 9) + 300 * np.sin(z / 11) - 200).astype(np.float32)


@pytest.fixture
def stored(tmp_path, make_field) -> StoredResult:
    """On a rotated, anisotropic, flipped fixed grid in the middle of the moving scan."""
    rotated = make_field(11).grid
    spacing = (1.6, 1.2, 2.4)
    grid = Grid((24, 28, 16), spacing, (0.0, 0.0, 0.0), rotated.direction)
    middle = MOVING.corners().mean(axis=0) - grid.corners().mean(axis=0)
    grid = Grid(grid.size, spacing, tuple((middle - SHIFT).tolist()), rotated.direction)
    smooth = make_field(2, grid).vectors_mm
    vectors = smooth - smooth.mean((0, 1, 2)) + SHIFT
    field = DisplacementField(vectors, grid)
    fixed = Volume(pattern(grid.voxel_points() + vectors), grid)
    points = grid.index_to_mm(np.random.default_rng(0).uniform(1, np.array(grid.size) - 2, (40, 3))).astype(np.float32)
    matches = Matches(
        points,
        field.map_points(points).astype(np.float32),
        np.full(40, 0.75, np.float32),
        np.zeros((40, 0), np.float32),
    )
    matrix = np.eye(4)
    matrix[:3, 3] = SHIFT
    sure = np.linspace(0, 1, smooth[..., 0].size, dtype=np.float32).reshape(grid.shape)
    model = ModelIdentity("kernelreg", "0.1.0", "00ff")
    registration = Registration(field, sure, 3 - 2 * sure, matches, matrix, model, {"folds": 0}, {"field": 0.5}, "auto")
    save_result(tmp_path / "result", fixed, Volume(pattern(MOVING.voxel_points()), MOVING), registration)
    return load_result(tmp_path / "result")
