"""Target registration errors, by hand and through fields on anisotropic oblique grids."""

import numpy as np
import pytest

from registration.errors import CODES
from registration.field.displacement import DisplacementField
from registration.metrics.landmarks import distances, landmark_errors, landmark_figures, worst_mean
from registration.metrics.undefined import UndefinedError
from tests.builders.fields import odd_grid


def test_errors_are_millimetres_on_an_oblique_grid():
    grid = odd_grid(3)
    field = DisplacementField(np.full((*grid.shape, 3), (3.0, -2.0, 1.0), np.float32), grid)
    fixed = grid.index_to_mm([(5.0, 6.0, 7.0), (11.3, 20.7, 9.1)])
    moving = fixed + np.array([(3.0, -2.0, 1.0), (6.0, 2.0, 1.0)])
    assert landmark_errors(field, fixed, moving) == pytest.approx([0.0, 5.0], abs=1e-5)


def test_errors_from_displacements_need_no_field():
    fixed, moving = np.zeros((2, 3)), np.array([(1.0, 2.0, 2.0), (0.0, 0.0, 7.0)])
    assert distances(fixed + np.array([(0, 0, 0), (0, 0, 4)]), moving).tolist() == [3.0, 3.0]


def test_figures_of_ten_errors():
    figures = landmark_figures(np.array([10.0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    assert (figures.count, figures.mean_mm, figures.worst_mean_mm) == (10, 5.5, 9.0)
    assert (figures.median_mm, figures.max_mm) == (5.5, 10.0)


@pytest.mark.parametrize(("count", "worst"), [(1, 1.0), (4, 4.0), (5, 4.5), (100, 85.5)])
def test_the_worst_third_is_rounded_and_never_empty(count, worst):
    assert worst_mean(np.arange(1.0, count + 1)) == worst


def test_no_landmarks_is_said_and_not_nan():
    with pytest.raises(UndefinedError, match="none") as refused:
        landmark_figures(np.zeros(0))
    assert refused.value.code in CODES


@pytest.mark.parametrize("shapes", [((3, 3), (2, 3)), ((3,), (3,)), ((2, 2), (2, 2))])
def test_points_that_do_not_correspond_are_refused(shapes):
    with pytest.raises(ValueError, match="row by row"):
        distances(*(np.zeros(shape) for shape in shapes))
