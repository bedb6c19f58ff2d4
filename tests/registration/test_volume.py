from itertools import permutations, product

import numpy as np
import pytest

from registration.geometry import Grid
from registration.volume import Volume, canonical
from tests.builders.grids import turned

PLAIN = Volume(
    np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32),
    Grid((6, 5, 4), (1.0, 1.5, 4.0), (-30.0, 12.0, 700.0)),
)


def stored(volume: Volume, order: tuple[int, ...], flips: tuple[bool, ...]) -> Volume:
    """The same voxels with new axis i along old axis order[i], walked backwards where flips[i]."""
    grid = volume.grid
    first = np.zeros(3)
    for i, axis in enumerate(order):
        first[axis] = grid.size[axis] - 1 if flips[i] else 0
    axes = np.stack([(-1 if flips[i] else 1) * grid.axes[:, axis] for i, axis in enumerate(order)], 1)
    values = volume.values.transpose([2 - order[2 - i] for i in range(3)])
    values = values[tuple(slice(None, None, -1 if flips[2 - i] else 1) for i in range(3))]
    size, spacing = (tuple(v[axis] for axis in order) for v in (grid.size, grid.spacing_mm))
    return Volume(values, Grid(size, spacing, tuple(grid.index_to_mm(first)), tuple(map(tuple, axes))))


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", list(product([False, True], repeat=3)))
def test_every_storage_of_the_same_voxels_comes_to_the_same_volume(order, flips):
    found = canonical(stored(PLAIN, order, flips))
    assert (found.values == PLAIN.values).all()
    assert found.grid.same_place(PLAIN.grid, tolerance_mm=1e-9)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(False, True, False), (True, True, True)])
def test_headers_of_decimals_come_to_the_same_grid_bit_for_bit(order, flips):
    oblique = Volume(PLAIN.values, turned(PLAIN.grid, (12.0, -9.0, 15.0)))
    other = stored(oblique, order, flips)
    assert canonical(Volume(other.values, in_decimals(other.grid))).grid == canonical(oblique).grid


def in_decimals(grid: Grid) -> Grid:
    """The grid as a header holds it: fourteen digits of each number."""
    origin, axes = (np.vectorize(lambda v: float(f"{v:.14g}"))(part) for part in (grid.origin_mm, grid.axes))
    return Grid(grid.size, grid.spacing_mm, tuple(origin), tuple(map(tuple, axes)))


def test_an_oblique_volume_keeps_its_place():
    grid = turned(PLAIN.grid, (20.0, 100.0, 30.0), (1, -1, 1))
    found = canonical(Volume(PLAIN.values, grid))
    index = np.array([[1.0, 2.0, 3.0]])
    here = found.grid.mm_to_index(grid.index_to_mm(index))
    x, y, z = np.rint(here[0]).astype(int)
    assert np.allclose(here, np.rint(here), atol=1e-9)
    assert found.values[z, y, x] == PLAIN.values[3, 2, 1]
    assert (np.diag(found.grid.axes) > 0.5).all()


def test_a_shape_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="shape"):
        Volume(np.zeros((4, 5, 7), np.float32), PLAIN.grid)
