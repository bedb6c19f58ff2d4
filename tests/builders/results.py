"""A stored result with a known truth: the moving scan is a pattern, the fixed scan that pattern pulled by a field."""

from pathlib import Path

import numpy as np

from registration.archive import StoredResult, load_result, save_result
from registration.confidence.bounds import ErrorBounds
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.result import ModelIdentity, Registration
from registration.volume import Volume
from tests.builders.fields import odd_grid, smooth_field

MOVING = Grid((70, 60, 50), (1.1, 1.4, 2.0), (-60.0, -50.0, -30.0))
SHIFT = np.array([-4.0, -3.0, 5.0], np.float32)
BOUNDS = ErrorBounds((0.5, 0.9), (1.0, 2.0), ((1.0, 1.8), (2.0, 5.0)))


def stored_result(folder: Path) -> StoredResult:
    """On a rotated, anisotropic, mirrored fixed grid in the middle of the moving scan."""
    grid = _fixed_grid()
    smooth = smooth_field(2, grid).vectors_mm
    field = DisplacementField(smooth - smooth.mean((0, 1, 2)) + SHIFT, grid)
    fixed = Volume(pattern(grid.voxel_points() + field.vectors_mm), grid)
    moving = Volume(pattern(MOVING.voxel_points()), MOVING)
    matrix = np.eye(4)
    matrix[:3, 3] = SHIFT
    sure = np.linspace(0, 1, grid.size[0] * grid.size[1] * grid.size[2], dtype=np.float32).reshape(grid.shape)
    model = ModelIdentity("kernelreg", "0.1.0", "00ff")
    qa, timings = {"folds": 0}, {"field": 0.5}
    result = Registration(field, 3 - 2 * sure, 5 + sure, BOUNDS, _matches(field), matrix, model, qa, timings, "auto")
    save_result(folder, fixed, moving, result)
    return load_result(folder)


def pattern(points: np.ndarray) -> np.ndarray:
    """HU of waves in space (mm), an eighth of a wave per voxel at most."""
    x, y, z = np.moveaxis(points, -1, 0)
    return (400 * np.sin(x / 7) * np.cos(y / 9) + 300 * np.sin(z / 11) - 200).astype(np.float32)


def _fixed_grid() -> Grid:
    size, spacing, direction = (24, 28, 16), (1.6, 1.2, 2.4), odd_grid(11).direction
    middle = MOVING.corners().mean(axis=0) - Grid(size, spacing, direction=direction).corners().mean(axis=0)
    return Grid(size, spacing, tuple((middle - SHIFT).tolist()), direction)


def _matches(field: DisplacementField) -> Matches:
    index = np.random.default_rng(0).uniform(1, np.array(field.grid.size) - 2, (40, 3))
    points = field.grid.index_to_mm(index).astype(np.float32)
    there = field.map_points(points).astype(np.float32)
    return Matches(points, there, np.full(40, 0.75, np.float32), np.zeros((40, 0), np.float32))
