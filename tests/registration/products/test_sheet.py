import itertools

import numpy as np
import pytest

from registration.geometry import Grid
from registration.products.planes import planes_through
from registration.products.sheet import GAP, LEFT, WIDTH, places_of


def test_pictures_stand_in_five_columns_of_one_width_and_rows_that_do_not_overlap():
    planes = planes_through(Grid((40, 30, 20), (1.0, 2.0, 3.0)), (20, 15, 10))
    rows = places_of(planes)
    assert [len(row) for row in rows] == [5, 5, 5]
    for row in rows:
        assert row[0].left == LEFT
        assert row[-1].left + row[-1].width < WIDTH
        assert np.diff([place.left for place in row]) == pytest.approx(row[0].width + GAP)
    for above, below in itertools.pairwise(rows):
        assert below[0].top == pytest.approx(above[0].top + above[0].height + GAP)


def test_a_millimetre_is_as_long_down_as_across():
    plane = planes_through(Grid((40, 30, 20), (1.0, 2.0, 3.0)), (20, 15, 10))[0]
    place = places_of([plane])[0][2]
    _, width, height, _ = plane.extent
    corners = place.of(np.array([[0.0, 0.0], [width, height]]), plane)
    left, right, bottom, top = place.extent
    assert corners.ravel().tolist() == pytest.approx([left, top, right, bottom])
