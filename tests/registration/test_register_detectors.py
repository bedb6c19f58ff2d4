"""The whole path with keypoints of another detector, or fewer of them."""

import numpy as np
import pytest

from registration.errors import MethodError
from registration.geometry import Grid
from registration.keypoints.superpoint import SuperPoint
from registration.phantom import PhantomPair, make_phantom
from registration.register import register
from tests.builders.weights import superpoint_file

RIGHT_SIDE = Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0))


@pytest.fixture(scope="module")
def pair() -> PhantomPair:
    return make_phantom("thorax", seed=1, grid=RIGHT_SIDE)


def median_error(result, pair: PhantomPair) -> float:
    inside = RIGHT_SIDE.contains(pair.landmarks_fixed) & RIGHT_SIDE.contains(pair.landmarks_moving)
    assert inside.sum() >= 15
    mapped = result.field.map_points(pair.landmarks_fixed[inside])
    return float(np.median(np.linalg.norm(mapped - pair.landmarks_moving[inside], axis=1)))


def test_points_of_sift_register_a_breathing_chest(pair):
    result = register(pair.fixed, pair.moving, preset="thorax", detector="sift")
    assert result.qa["detector"] == "sift"
    assert result.qa["folds"] == 0
    assert median_error(result, pair) < 1.0


def test_no_more_keypoints_than_allowed_are_taken_from_either_scan(pair):
    result = register(pair.fixed, pair.moving, preset="thorax", max_keypoints=150)
    assert result.qa["detector"] == "foerstner"
    assert result.qa["keypoints"] == len(result.matches) == 300
    assert median_error(result, pair) < 1.2


def test_a_detector_with_weights_of_its_own_can_be_handed_in(pair, tmp_path):
    """Untrained, it finds points anywhere; matching them still finds the motion."""
    path, sha256 = superpoint_file(tmp_path)
    result = register(
        pair.fixed, pair.moving, preset="thorax", detector=SuperPoint(path, sha256=sha256), max_keypoints=200
    )
    assert (result.qa["detector"], result.qa["keypoints"]) == ("superpoint", 400)
    assert median_error(result, pair) < 1.3


def test_an_unknown_detector_is_refused_before_any_work(pair):
    stages = []
    with pytest.raises(MethodError) as refused:
        register(pair.fixed, pair.moving, detector="surf", progress=lambda stage, _: stages.append(stage))
    assert (refused.value.code, stages) == ("detector-unknown", [])
