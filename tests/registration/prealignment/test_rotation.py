"""A patient who was turned between the scans is found turned; one who was not is left alone, to the bit."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from registration.geometry import Grid
from registration.prealignment import align
from registration.prealignment.coarse import coarse_scan
from registration.prealignment.rotation import turned
from registration.prealignment.translation import best_translation
from registration.presets import preset_named
from registration.volume import Volume
from tests.builders.bodies import UPRIGHT, body

PRESET = preset_named("auto")


def placed(volume: Volume, motion: np.ndarray) -> Volume:
    """The same voxels, moved rigidly in the patient frame."""
    grid = volume.grid
    origin = motion[:3, :3] @ grid.origin_mm + motion[:3, 3]
    axes = motion[:3, :3] @ grid.axes
    return Volume(volume.values, Grid(grid.size, grid.spacing_mm, tuple(origin), tuple(map(tuple, axes))))


def rigid(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
    motion[:3, 3] = shift
    return motion


@pytest.mark.parametrize(
    ("degrees", "shift"),
    [((0, 0, 8), (0, 0, 0)), ((0, 0, -30), (12, -5, 30)), ((20, 0, 0), (0, 9, 0)), ((8, -8, 20), (-20, 4, 11))],
)
def test_a_turn_is_found(degrees, shift):
    motion = rigid(degrees, shift)
    found = align(body(UPRIGHT), placed(body(UPRIGHT), motion), PRESET)
    points = UPRIGHT.corners() * 0.7
    apart = points @ (found[:3, :3] - motion[:3, :3]).T + found[:3, 3] - motion[:3, 3]
    assert np.linalg.norm(apart, axis=1).max() < 2.0
    assert np.allclose(found[:3, :3] @ found[:3, :3].T, np.eye(3), atol=1e-12)


def test_another_contrast_does_not_mislead():
    motion = rigid((0, 5, 15), (4, 0, 0))
    other = placed(body(UPRIGHT), motion)
    brighter = Volume(np.clip(1.2 * other.values + 60, -1000, None).astype(np.float32), other.grid)
    found = align(body(UPRIGHT), brighter, PRESET)
    assert np.degrees(Rotation.from_matrix(found[:3, :3].T @ motion[:3, :3]).magnitude()) < 1.0


@pytest.mark.parametrize("degrees", [(0, 0, 0), (0, 0, 2), (-2, 1, 0)])
def test_small_turns_are_left_to_the_deformable_part(degrees):
    scans = coarse_scan(body(UPRIGHT), PRESET), coarse_scan(placed(body(UPRIGHT), rigid(degrees, (5, 0, 0))), PRESET)
    start = best_translation(*scans)
    assert np.array_equal(turned(*scans, start), start)


def test_where_nothing_can_be_seen_nothing_is_turned():
    flat = Volume(np.full(UPRIGHT.shape, 40, np.float32), UPRIGHT)
    assert np.array_equal(align(flat, flat, PRESET)[:3, :3], np.eye(3))
