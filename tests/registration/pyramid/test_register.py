"""The paper's path on phantoms with a known field, stored obliquely, and what its result says of itself."""

import numpy as np
import pytest
import torch

from registration.errors import CancelledError, MethodError
from registration.features.learned import trained_encoder
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork
from registration.pyramid.register import STAGES, register_pyramid
from registration.volume import Volume
from tests.builders.grids import turned

CHEST = Grid((74, 60, 40), (3.0, 3.0, 4.0), (-109.5, -88.5, 10.0))
OBLIQUE = turned(CHEST, (5.0, -7.0, 12.0), (1, -1, 1))


@pytest.fixture(scope="module")
def pair():
    return make_phantom("thorax", seed=2, grid=OBLIQUE)


@pytest.fixture(scope="module")
def thrifty():
    """The shipped encoder and an untrained kernel, on a lattice of every second voxel."""
    torch.manual_seed(4)
    config = PyramidConfig(encoder="small", finest_stride=2, keypoints=512, proximity="learned length")
    network = PyramidNetwork(config)
    network.encoder.load_state_dict(trained_encoder("small")[0].state_dict())
    return network.eval()


def quick(**choices):
    """Two scales and few keypoints, untrained."""
    torch.manual_seed(1)
    return PyramidNetwork(PyramidConfig(encoder="small", scales=2, finest_stride=2, keypoints=64, **choices)).eval()


@pytest.fixture(scope="module")
def result(pair, thrifty):
    return register_pyramid(pair.fixed, pair.moving, thrifty, weights_sha256="abc")


def test_landmarks_of_an_oblique_breathing_chest_come_nearer(pair, result):
    misses = np.linalg.norm(result.field.map_points(pair.landmarks_fixed) - pair.landmarks_moving, axis=1)
    before = np.linalg.norm(pair.landmarks_fixed - pair.landmarks_moving, axis=1)
    assert misses.mean() < 0.5 * before.mean()


def test_the_field_lies_on_the_fixed_grid_and_does_not_fold(pair, result):
    assert result.field.grid == pair.fixed.grid
    assert result.qa["folds"] == 0
    for array in (result.field.vectors_mm, result.confidence, result.error_mm):
        assert np.isfinite(array).all()
        assert array.dtype == np.float32
    assert result.error_mm.min() > 0


def test_the_result_says_what_made_it(result):
    assert (result.model.name, result.model.weights_sha256) == ("kernelreg-paper", "abc")
    assert result.preset == "thorax"
    assert list(result.timings_s) == list(STAGES)
    assert result.qa["keypoints"] == len(result.matches) == 512
    assert result.qa["detector"] == "foerstner"


def test_matches_are_patient_points_of_both_scans(pair, result):
    assert pair.fixed.grid.contains(result.matches.fixed_mm).mean() > 0.9
    trusted = result.matches.confidence > 0.5
    truth = result.matches.fixed_mm + pair.field(result.matches.fixed_mm)
    assert np.median(np.linalg.norm(result.matches.moving_mm - truth, axis=1)[trusted]) < 4.0


def test_a_mask_keeps_the_keypoints_inside(pair, thrifty):
    points = pair.fixed.grid.voxel_points()
    middle = pair.fixed.grid.corners().mean(0)
    mask = Volume((np.linalg.norm(points - middle, axis=-1) < 60).astype(np.float32), pair.fixed.grid)
    result = register_pyramid(pair.fixed, pair.moving, quick(), fixed_mask=mask)
    assert 30 <= len(result.matches) <= 64
    assert np.linalg.norm(result.matches.fixed_mm - middle, axis=1).max() < 65


def test_progress_names_the_stages_and_may_stop_it(pair):
    seen = []

    def progress(stage, _):
        seen.append(stage)
        if stage == "pyramid":
            raise CancelledError

    with pytest.raises(CancelledError):
        register_pyramid(pair.fixed, pair.moving, quick(), progress=progress)
    assert seen == ["pre-alignment", "keypoints", "pyramid"]


def test_the_sine_network_registers_without_matches(pair):
    result = register_pyramid(pair.fixed, pair.moving, quick(reconstruction="siren"))
    assert len(result.matches) == 0
    assert result.qa["keypoints"] == 0
    assert np.ptp(result.error_mm) < 1e-4  # nothing vouches for any place more than for another


def test_empty_scans_are_refused(thrifty):
    air = Volume(np.full(CHEST.shape, -1000.0, np.float32), CHEST)
    with pytest.raises(MethodError) as refused:
        register_pyramid(air, air, thrifty)
    assert refused.value.code in ("too-few-keypoints", "scans-do-not-overlap")
