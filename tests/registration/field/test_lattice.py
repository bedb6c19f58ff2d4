import numpy as np
import pytest
import torch

from registration.field.lattice import lattice_queries, on_lattice, read_out
from registration.geometry import Grid
from registration.working import lattice_around, transform_points
from tests.builders.grids import odd_grids

FIXED = Grid((30, 26, 18), (1.4, 1.7, 2.5), (-20.0, 33.0, -7.0))


@pytest.mark.parametrize("name", ["upright", "rotated", "flipped", "mirrored", "coronal"])
def test_an_affine_lattice_field_and_the_pre_alignment_are_read_out_exactly(name):
    grid = odd_grids(FIXED)[name]
    corners = grid.corners()
    lattice = lattice_around(corners.min(0), corners.max(0), 4.0)
    points = lattice_queries(lattice)
    matrix = torch.tensor([[0.1, 0.0, 0.02], [0.0, -0.1, 0.0], [0.0, 0.05, 0.1]])
    shift = np.eye(4)
    shift[:3, 3] = [3.0, -30.0, 12.0]
    field = read_out(on_lattice(points @ matrix, lattice), grid, shift)
    x = grid.voxel_points()
    assert np.allclose(field.vectors_mm, x @ matrix.numpy() + shift[:3, 3], atol=2e-3)


def test_the_lattice_is_the_same_for_the_same_place():
    plain, flipped = (odd_grids(FIXED)[n].corners() for n in ("upright", "flipped"))
    assert lattice_around(plain.min(0), plain.max(0), 2.0) == lattice_around(flipped.min(0), flipped.max(0), 2.0)


def test_a_lattice_covers_what_it_is_asked_to():
    low, high = np.array([-13.2, 5.0, 101.0]), np.array([27.9, 44.4, 190.1])
    lattice = lattice_around(low, high, 4.0)
    assert np.all(np.asarray(lattice.origin_mm) <= low)
    assert np.all(lattice.index_to_mm(np.asarray(lattice.size) - 1) >= high)
    assert np.all(np.asarray(lattice.origin_mm) % 4.0 == 0)


def test_points_go_through_a_matrix():
    matrix = np.eye(4)
    matrix[:3] = [[0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7]]
    assert transform_points(matrix, np.array([[1.0, 2.0, 3.0]])).tolist() == [[3.0, 7.0, 10.0]]
