"""What a set of corrections accepts, and what it objects to by name."""

import json

import numpy as np
import pytest

from registration.errors import PointError
from registration.geometry import Grid
from registration.refinement.corrections import MOST, CorrectionSet, Correspondence

GRID = Grid((50, 50, 30), (1.0, 1.2, 3.0), (-20.0, 5.0, 100.0))
A = Correspondence("a", (0.0, 30.0, 130.0), (1.0, 31.0, 160.0))
B = Correspondence("b", (10.0, 30.0, 130.0), (11.0, 31.0, 160.0))


def test_sets_are_sorted_and_equal_whatever_the_order():
    assert (
        CorrectionSet(GRID, (B, A))
        == CorrectionSet(GRID, (A, B))
        == CorrectionSet(GRID).edited(set=[B]).edited(set=[A])
    )
    assert CorrectionSet(GRID, (B, A)).ids == ("a", "b")


def test_an_edit_moves_adds_and_removes_by_id():
    moved = Correspondence("a", (0.5, 30.0, 130.0), (1.0, 31.0, 160.0))
    start = CorrectionSet(GRID, (A, B))
    assert start.edited(set=[moved], remove=["b"]).correspondences == (moved,)
    assert start.correspondences == (A, B)


def test_json_keeps_every_bit():
    odd = Correspondence("π", (0.1 + 0.2, 30.0, 130.0), (1 / 3, 31.0, 160.0))
    text = json.dumps(CorrectionSet(GRID, (odd, A)).to_json())
    assert CorrectionSet.from_json(GRID, json.loads(text)) == CorrectionSet(GRID, (odd, A))


@pytest.mark.parametrize("bad", [(np.nan, 0, 0), (np.inf, 0, 0), (0, 0), (0, 0, 0, 0)])
def test_points_are_three_finite_numbers(bad):
    with pytest.raises(PointError, match="three finite numbers") as refused:
        Correspondence("x", bad, (0, 0, 0))
    assert refused.value.code == "point-not-finite"


def test_fixed_points_lie_in_the_scan():
    Correspondence("edge", tuple(GRID.index_to_mm((-0.49, 0, 0))), (0, 0, 0))
    with pytest.raises(PointError, match="'out'") as refused:
        CorrectionSet(GRID, (Correspondence("out", tuple(GRID.index_to_mm((-0.51, 0, 0))), (0, 0, 0)),))
    assert refused.value.code == "point-outside-scan"


def test_moving_points_lie_within_reach():
    with pytest.raises(PointError, match="'huge'") as refused:
        CorrectionSet(GRID, (Correspondence("huge", A.fixed_mm, (1e9, 0, 0)),))
    assert refused.value.code == "point-outside-scan"


def test_one_place_with_two_targets_is_a_contradiction_that_names_both():
    clash = Correspondence("clash", A.fixed_mm, (16.0, 46.0, 175.0))
    with pytest.raises(PointError, match=r"'a' and 'clash'.*26\.0 mm") as refused:
        CorrectionSet(GRID, (A, B)).edited(set=[clash])
    assert refused.value.code == "correspondences-contradict"
    assert refused.value.details["ids"] == ["a", "clash"]


def test_nearly_the_same_click_twice_is_no_contradiction():
    again = Correspondence("again", (0.4, 30.0, 130.0), (1.9, 31.0, 160.0))
    assert len(CorrectionSet(GRID, (A, again))) == 2


def test_one_id_for_two_clicks_is_refused():
    with pytest.raises(PointError) as refused:
        CorrectionSet(GRID, (A, Correspondence("a", B.fixed_mm, B.moving_mm)))
    assert refused.value.code == "correspondences-contradict"


def test_removing_an_unknown_id_is_refused():
    with pytest.raises(PointError, match=r"'zebra'.*known: a, b") as refused:
        CorrectionSet(GRID, (A, B)).edited(remove=["zebra"])
    assert refused.value.code == "correspondence-unknown"


def test_a_set_has_a_largest_size():
    places = np.random.default_rng(0).uniform(0, 10, (MOST + 1, 3)).tolist()
    clicks = tuple(Correspondence(f"c{n}", tuple(p), tuple(p)) for n, p in enumerate(places))
    grid = Grid((20, 20, 20), (1.0, 1.0, 1.0))
    assert len(CorrectionSet(grid, clicks[:-1])) == MOST
    with pytest.raises(PointError) as refused:
        CorrectionSet(grid, clicks)
    assert refused.value.code == "too-many-correspondences"
