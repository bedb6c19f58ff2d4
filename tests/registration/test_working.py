import numpy as np
import pytest
import torch

from registration.errors import MethodError
from registration.geometry import Grid
from registration.presets import preset_named
from registration.volume import Volume
from registration.working import body_corners, resample, working_pair
from tests.builders.grids import odd_grids

AUTO = preset_named("auto")


def ball(grid: Grid, centre=(0.0, 0.0, 0.0), radius=40.0) -> Volume:
    far = np.linalg.norm(grid.voxel_points() - centre, axis=-1)
    return Volume(np.where(far < radius, 0.0, -1000.0).astype(np.float32), grid)


WIDE = Grid((60, 60, 40), (5.0, 5.0, 6.0), (-147.5, -147.5, -117.0))


@pytest.mark.parametrize("name", ["upright", "rotated", "flipped", "mirrored", "coronal"])
def test_the_box_of_the_patient_leaves_the_air_out(name):
    low, high = body_corners(ball(odd_grids(WIDE)[name], (10.0, -20.0, 5.0)), AUTO)
    assert np.all(low <= np.array([10.0, -20.0, 5.0]) - 40)
    assert np.all(high >= np.array([10.0, -20.0, 5.0]) + 40)
    assert np.all(high - low < 160)


def test_a_scan_without_a_patient_is_taken_whole():
    air = Volume(np.full(WIDE.shape, -1000.0, np.float32), WIDE)
    assert np.allclose(body_corners(air, AUTO), [WIDE.corners().min(0), WIDE.corners().max(0)])


@pytest.mark.parametrize("name", ["upright", "rotated", "flipped", "mirrored", "coronal"])
def test_the_lattice_shows_the_same_body_however_it_is_stored(name):
    grid = Grid((50, 50, 50), (2.0, 2.0, 2.0), (-48.0, -48.0, -48.0))
    shown, inside = resample(ball(odd_grids(WIDE)[name]), grid, np.eye(4), AUTO)
    expected = torch.from_numpy(np.linalg.norm(grid.voxel_points(), axis=-1) < 40)
    assert inside.all()
    assert ((shown > 0.35) == expected).float().mean() > 0.97


def test_fine_voxels_are_averaged_not_skipped():
    fine = Grid((120, 120, 60), (0.5, 0.5, 1.0), (-29.75, -29.75, -29.5))
    stripes = np.where(np.arange(120) % 2 == 0, -1000.0, 400.0).astype(np.float32)
    shown, _ = resample(
        Volume(np.broadcast_to(stripes, fine.shape).copy(), fine),
        Grid((9, 9, 9), (2, 2, 2), (-8, -8, -8)),
        np.eye(4),
        AUTO,
    )
    assert (shown - 0.5).abs().max() < 0.1  # picked voxels would be 0 or 1


def test_scans_far_apart_are_refused():
    away = ball(Grid(WIDE.size, WIDE.spacing_mm, (500.0, 0.0, 0.0)), (650.0, 147.0, 117.0))
    with pytest.raises(MethodError) as refused:
        working_pair(ball(WIDE), away, to_moving=np.eye(4), preset=AUTO, step_mm=2.0, reach_mm=40.0)
    assert refused.value.code == "scans-do-not-overlap"
