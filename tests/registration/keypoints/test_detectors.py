"""One suite over all detectors: each keeps the contract on a slice stack of a chest."""

import pytest
import torch

from registration.geometry import Grid
from registration.keypoints.detect import detect_keypoints
from registration.keypoints.disk import Disk
from registration.keypoints.named import detector_named
from registration.keypoints.names import DETECTORS
from registration.keypoints.superpoint import SuperPoint
from registration.phantom import make_phantom
from registration.presets import PRESETS
from tests.builders.weights import disk_file, superpoint_file

GRID = Grid((40, 34, 16), (6.0, 6.0, 8.0), (-117.0, -99.0, 5.0))


@pytest.fixture(scope="module")
def chest():
    """A slice stack (z, y, x) in [0, 1] and where its body is."""
    volume = make_phantom("thorax", seed=3, grid=GRID).fixed
    low, high = PRESETS["thorax"].window(volume)
    image = torch.from_numpy((volume.values - low) / (high - low)).clamp(0, 1)
    return image, image > 0.1


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request, tmp_path_factory):
    """Each of them; those with weights with random ones, from a file."""
    folder = tmp_path_factory.mktemp("weights")
    if request.param == "disk":
        path, sha256 = disk_file(folder)
        return Disk(path, sha256=sha256)
    if request.param == "superpoint":
        path, sha256 = superpoint_file(folder)
        return SuperPoint(path, sha256=sha256)
    return detector_named(request.param)


@pytest.fixture(scope="module")
def candidates(detector, chest):
    return detector.candidates(*chest, count=250)


def test_candidates_lie_in_the_mask_strongest_first(candidates, chest):
    voxels, response = candidates
    assert 80 < len(voxels) == len(response) <= 250
    x, y, z = voxels.round().long().T
    assert chest[1][z, y, x].all()
    assert (response > 0).all()
    assert (response.diff() <= 0).all()


def test_asked_for_fewer_the_strongest_come_again(detector, candidates, chest):
    fewer = detector.candidates(*chest, count=40)
    assert torch.equal(fewer.voxels, candidates.voxels[:40])
    assert torch.equal(fewer.response, candidates.response[:40])


def test_an_empty_mask_has_no_candidates(detector, chest):
    image, _ = chest
    assert len(detector.candidates(image, torch.zeros(image.shape, dtype=torch.bool), count=50).voxels) == 0


def test_keypoints_are_patient_points_that_cover_the_body(detector, chest):
    found = detect_keypoints(*chest, GRID, count=60, detector=detector)
    assert found.points.shape == (60, 3)
    assert GRID.contains(found.points.numpy()).all()
    assert len(found.points.unique(dim=0)) == 60
    extent = found.points.amax(0) - found.points.amin(0)
    assert (extent > torch.tensor([120.0, 80.0, 80.0])).all()


def test_results_call_a_detector_by_the_name_it_is_asked_for(detector, request):
    assert request.node.callspec.params["detector"] == detector.name


@pytest.mark.parametrize("name", ["foerstner", "sift"])
def test_a_flat_image_has_no_candidates(name, chest):
    """Of the hand-made detectors; untrained networks see points anywhere."""
    flat = torch.full_like(chest[0], 0.5)
    assert len(detector_named(name).candidates(flat, chest[1], count=50).voxels) == 0
