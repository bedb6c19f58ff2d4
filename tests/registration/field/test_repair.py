import numpy as np

from registration.field.jacobian import determinants
from registration.field.repair import MAX_ROUNDS, repaired
from registration.geometry import Grid

GRID = Grid((30, 28, 26), (1.5, 1.5, 3.0))


def folded() -> np.ndarray:
    """A smooth field with one spot that turns inside out."""
    points = GRID.voxel_points()
    centre = np.array([22.0, 21.0, 36.0])
    bump = np.exp(-np.sum((points - centre) ** 2, -1) / 30.0)
    field = 0.02 * points
    field[..., 0] -= 12 * bump * np.sign(points[..., 0] - centre[0])
    return field.astype(np.float32)


def jacobian(field: np.ndarray) -> np.ndarray:
    return determinants(np.ascontiguousarray(np.moveaxis(field, -1, 0)), GRID)


def test_folds_go_and_the_rest_stays_bit_for_bit():
    field = folded()
    assert (jacobian(field) <= 0).sum() > 10
    mended, rounds = repaired(field, GRID, floor=0.1)
    assert rounds > 0
    assert jacobian(mended).min() >= 0.1
    changed = np.any(mended != field, axis=-1)
    assert 0 < changed.mean() < 0.5
    bad = np.argwhere(jacobian(field) < 0.1)
    near = np.abs(np.argwhere(changed)[:, None] - bad[None]).min(1) * np.array([3.0, 1.5, 1.5])
    assert near.max() <= 40


def test_folds_at_both_ends_of_the_grid_are_mended_each_on_its_own():
    wide = Grid((20, 18, 90), (1.5, 1.5, 3.0))
    field = np.zeros((*wide.shape, 3), np.float32)
    for z in (2, 88):
        field[z, 5:9, 5:9, 2] = 7.0
    mended, rounds = repaired(field, wide, floor=0.1)
    assert 0 < rounds < MAX_ROUNDS
    assert determinants(np.ascontiguousarray(np.moveaxis(mended, -1, 0)), wide).min() >= 0.1
    assert not mended[30:60].any()
    assert mended[:30].any()
    assert mended[60:].any()


def test_a_field_without_folds_is_returned_as_it_is():
    field = (0.05 * GRID.voxel_points()).astype(np.float32)
    mended, rounds = repaired(field, GRID, floor=0.1)
    assert rounds == 0
    assert (mended == field).all()
