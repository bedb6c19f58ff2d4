"""The corrected field where it is read is, bit for bit, the whole corrected field."""

import numpy as np
import pytest

from registration.field.inverse import inverse_points
from registration.refine import field_with
from registration.refinement.corrections import CorrectionSet
from registration.refinement.reading import corrected_where_read
from registration.refinement.settings import DEFAULT
from registration.refinement.solution import Solver
from tests.builders.fields import clicks_on, smooth_field


@pytest.fixture
def case():
    """A base, a dozen clicks that overlap, and the two ways to read the corrected field."""
    base = smooth_field(3)
    clicks = clicks_on(base, 12, seed=2, apart_mm=8.0)
    bumps = Solver(base, DEFAULT).solve(clicks).bumps
    return base, field_with(base, clicks), corrected_where_read(base, bumps)


def test_every_voxel_has_the_same_bits(case):
    base, whole, where_read = case
    z, y, x = np.indices(base.grid.shape).reshape(3, -1)
    assert np.array_equal(where_read.vectors_mm[z, y, x], whole.vectors_mm[z, y, x])
    assert not np.array_equal(whole.vectors_mm, base.vectors_mm)


def test_points_travel_alike_both_ways(case):
    base, whole, where_read = case
    points = base.grid.index_to_mm(np.random.default_rng(0).uniform(-0.5, np.array(base.grid.size) - 0.5, (500, 3)))
    moved = whole.map_points(points)
    assert np.array_equal(where_read.map_points(points), moved)
    assert np.array_equal(inverse_points(where_read, moved).points_mm, inverse_points(whole, moved).points_mm)


def test_without_corrections_it_is_the_base(case):
    base, _, _ = case
    assert corrected_where_read(base, Solver(base, DEFAULT).solve(CorrectionSet(base.grid)).bumps) is base
