"""The true field is exact, slides at the wall of the cavity, and folds nowhere."""

import numpy as np
import pytest

from registration.phantom.motion import Motion
from registration.phantom.torso import Torso


@pytest.fixture
def motion() -> Motion:
    rng = np.random.default_rng(3)
    return Motion.random(Torso.random(rng), 24.0, rng, (0.0, 0.0, 0.0))


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(4).uniform((-160, -130, -170), (160, 120, 190), (20_000, 3))


def seen(motion: Motion, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance over that of the cavity's wall, and angle, around the axis of the torso."""
    radius, theta = motion.torso.polar(points)
    return radius / motion.torso.cavity_radius(theta, points[:, 2]), theta


def posture(motion: Motion) -> Motion:
    """The same without breath."""
    return Motion(motion.torso, 0.0, motion.wave_numbers, motion.wave_vectors, motion.wave_phases)


def test_nothing_folds_and_the_jacobian_is_that_of_the_field(motion, points):
    jacobian = motion.displacement_and_jacobian(points)[1]
    step = 1e-4
    columns = [(motion.displacement(points + step * e) - motion.displacement(points - step * e)) for e in np.eye(3)]
    numeric = np.linalg.det(np.stack(columns, axis=2) / (2 * step) + np.eye(3))
    rho = seen(motion, points + posture(motion).displacement(points))[0]
    smooth = (np.abs(rho - 1) > 1e-3) & (rho > 1e-3)  # not across the wall, not on the axis
    assert jacobian.min() > 0.4
    assert np.abs(numeric - jacobian)[smooth].max() < 1e-5


def test_organs_slide_along_the_wall_and_never_cross_it(motion, points):
    upright = points + posture(motion).displacement(points)
    moved = points + motion.displacement(points)
    (before, angle), (after, turned) = seen(motion, upright), seen(motion, moved)
    inside = before < 1
    assert np.abs(after - before)[inside].max() < 1e-9
    assert np.abs(np.sin(turned - angle))[inside].max() < 1e-9
    assert np.array_equal(moved[~inside], upright[~inside])


def test_the_two_sides_of_the_wall_slip_by_the_amplitude(motion):
    still = Motion(motion.torso, 24.0, np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(1))
    angle = np.linspace(0, 2 * np.pi, 50)
    height = np.full(50, -40.0)
    wall = motion.torso.cavity_radius(angle, height)
    ring = [
        np.stack([r * np.cos(angle), r * np.sin(angle) + motion.torso.axis_y, height], 1)
        for r in (wall - 0.01, wall + 0.01)
    ]
    slip = still.displacement(ring[0]) - still.displacement(ring[1])
    assert slip[:, 2].min() > 12
    assert slip[:, 2].max() < 30


def test_moving_points_lead_back_to_fixed_points(motion, points):
    found, converged = motion.fixed_points(points + motion.displacement(points))
    assert converged.mean() > 0.98
    assert np.abs(found - points)[converged].max() < 1e-5


def test_the_table_moves_everything(motion, points):
    shifted = Motion(**{**motion.__dict__, "offset_mm": (4.0, -11.0, 33.0)})
    assert shifted.displacement(points) - motion.displacement(points) == pytest.approx(
        np.array([[4.0, -11.0, 33.0]] * len(points))
    )


@pytest.mark.parametrize("amplitude", [-1.0, 51.0, float("nan")])
def test_no_breath_is_larger_than_a_body(amplitude):
    with pytest.raises(ValueError, match="motion"):
        Motion.random(Torso(), amplitude, np.random.default_rng(0), (0.0, 0.0, 0.0))
