import numpy as np
import pytest

from registration.errors import PointError
from registration.kernel import densify

CENTRE, SHIFT = np.array([300.0, -200.0, 1000.0]), np.array([1.0, 2.0, 3.0])
RANDOM = np.random.default_rng(5)
FIXED = RANDOM.uniform(-60, 60, (120, 3)) + CENTRE
AT = RANDOM.uniform(-40, 40, (60, 3)) + CENTRE


def breathing(points):
    return points + np.stack([np.zeros(len(points)), 0.05 * (points[:, 1] + 200), 8 + 0.1 * (points[:, 2] - 1000)], 1)


def error(moving, at=AT, fixed=FIXED):
    return np.linalg.norm(densify(fixed, moving, at) - breathing(at), axis=1)


def test_smooth_motion_between_the_keys():
    assert error(breathing(FIXED)).mean() < 0.3


def test_wrong_correspondences_are_outvoted():
    moving = breathing(FIXED)
    moving[::15] += [25.0, -20.0, 10.0]
    assert error(moving).mean() < 0.6


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 26])
def test_few_correspondences_give_finite_answers_near_their_motion(count):
    answer = densify(FIXED[:count], breathing(FIXED[:count]), AT)
    assert np.isfinite(answer).all()
    assert np.abs(answer - AT).max() < 40


def test_one_correspondence_moves_everything_alike():
    assert np.allclose(densify(FIXED[:1], FIXED[:1] + SHIFT, AT), AT + SHIFT, atol=1e-4)


@pytest.mark.parametrize(
    ("fixed", "moving", "code"),
    [
        (FIXED[:0], FIXED[:0], "table-unreadable"),
        (FIXED[:3], FIXED[:4], "table-unreadable"),
        (FIXED[:3, :2], FIXED[:3], "table-unreadable"),
        (np.full((3, 3), np.nan), FIXED[:3], "point-not-finite"),
    ],
)
def test_what_cannot_be_used_is_refused(fixed, moving, code):
    with pytest.raises(PointError) as refused:
        densify(fixed, moving, AT)
    assert refused.value.code == code


@pytest.mark.parametrize("count", [199, 200, 900])
def test_sparse_and_dense_sets_agree_on_a_smooth_motion(count):
    fixed = np.random.default_rng(1).uniform(-60, 60, (count, 3)) + CENTRE
    moving = breathing(fixed)
    moving[::20] += [25.0, -20.0, 10.0]
    assert error(moving, fixed=fixed).mean() < 0.6
