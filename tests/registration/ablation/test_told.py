"""Assessments as JSON, and the sentence about them."""

import json

import numpy as np
import pytest

from registration.ablation.assessment import Treatment, assess
from registration.ablation.judgement import Interval, sentence, verdict
from registration.ablation.regions import Region
from registration.ablation.told import points, told
from registration.confidence.bounds import ErrorBounds
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.volume import Volume
from tests.builders.treated import Promise, ball, promise, shift_field

GRID = Grid((40, 40, 40), (1.0, 1.0, 1.0))
CENTRE = (19.5, 19.5, 19.5)


def assessed(judged=None, **more):
    drawn = [Region("fixed", ball(GRID, CENTRE, r)) for r in (7.0, 15.0)]
    return assess(Treatment(*drawn, **more), shift_field(GRID, (2.0, 0.0, 0.0)), judged or promise(GRID, 2.0))


@pytest.mark.parametrize(
    ("interval", "of_zero", "of_safe", "said"),
    [
        ((8.0, 5.0, 11.0), "reached", "reached", "5 mm or more, also with the bound taken off"),
        ((6.0, 3.0, 9.0), "reached", "not-separable", "is not separable from 5 mm, but above 0 mm"),
        ((2.0, -1.0, 5.0), "not-separable", "not-separable", "not separable from 5 mm, and not separable from 0 mm"),
        ((1.0, -2.0, 4.0), "not-separable", "below", "is below 5 mm, and not separable from 0 mm"),
        ((2.0, 1.0, 3.0), "reached", "below", "is below 5 mm, but above 0 mm"),
        ((-6.0, -8.0, -4.0), "below", "below", "outside the ablation zone, also with the bound added"),
        ((6.0, -np.inf, np.inf), "unknown", "unknown", "Nothing is known"),
    ],
)
def test_every_case_has_its_sentence(interval, of_zero, of_safe, said):
    one = Interval(*interval)
    assert (verdict(one, 0.0), verdict(one, 5.0)) == (of_zero, of_safe)
    assert said in sentence(one, 5.0)
    assert f"minimal margin is {interval[0]:.1f} mm" in sentence(one, 5.0)


def test_the_answer_adds_up():
    found = told(assessed(), corrections=2)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert sum(found["histogram"]["voxels"]) == found["surface_voxels"] == len(found["points"]["margin_mm"])
    assert len(found["histogram"]["edges_mm"]) == len(found["histogram"]["voxels"]) + 1
    assert found["points"]["margin_mm"][0] == pytest.approx(found["minimum_mm"]["measured"], abs=1e-3)
    assert found["points"]["fixed_mm"][0] == found["at"]["fixed"]
    assert set(found["points"]["bound_mm"]) == {4.0}
    assert found["verdicts"] == {"covered": "reached", "safe": "not-separable"}
    assert any("field: 2;" in note for note in found["notes"])
    assert "research use" in found["notice"].lower()


def test_a_whole_number_of_millimetres_opens_its_bar():
    """One voxel amid a block that ends five voxels from it on either side: 5.0 mm is of the bar from 5 to 6."""
    tumour, block = ball(GRID, (20, 20, 20), 0.5), np.zeros(GRID.shape, np.float32)
    block[15:26, 15:26, 15:26] = 1
    drawn = Region("fixed", tumour), Region("fixed", Volume(block, GRID))
    of = assess(Treatment(*drawn), shift_field(GRID), promise(GRID, 1.0))
    assert told(of)["histogram"] == {"edges_mm": [5, 6], "voxels": [1]}
    assert of.share_percent(5.0).measured == 100.0


def test_points_are_thinned_and_keep_the_worst():
    of = assessed()
    few = points(of, most=50)
    assert 25 <= len(few["fixed_mm"]) <= 50
    assert few["fixed_mm"][0] == of.surface.points_mm[of.surface.worst].tolist()
    assert len({tuple(p) for p in few["fixed_mm"]}) == len(few["fixed_mm"])


def test_what_is_unknown_is_null():
    found = told(assessed(Promise(np.ones(GRID.shape, np.float32), ErrorBounds.none())))
    assert found["minimum_mm"]["least"] is None
    assert found["verdicts"]["safe"] == "unknown"
    assert found["points"]["bound_mm"][0] is None


def test_what_is_left_out_is_said():
    found = told(assessed(organ=Region("fixed", ball(GRID, (12.5, 19.5, 19.5), 14.0))))
    assert found["near_capsule_voxels"] > 0
    assert any("nearer than 5 mm" in note for note in found["notes"])


def test_a_field_that_shrinks_the_zone_is_told():
    """Half as long along x: d = x - centre there."""
    vectors = np.zeros((*GRID.shape, 3), np.float32)
    vectors[..., 0] = np.arange(40) - 19.5
    drawn = Region("fixed", ball(GRID, CENTRE, 5.0)), Region("moving", ball(GRID, CENTRE, 12.0))
    found = told(assess(Treatment(*drawn), DisplacementField(vectors, GRID), promise(GRID, 1.0)))
    zone = found["regions"]["ablation"]
    assert zone["ml"] == pytest.approx(zone["drawn_ml"] / 2, rel=0.1)
    (note,) = found["warnings"]
    assert note.startswith("The field takes the ablation")
    assert f"{zone['drawn_ml']:.2f} to {zone['ml']:.2f} ml" in note
    assert told(assessed())["warnings"] == []
