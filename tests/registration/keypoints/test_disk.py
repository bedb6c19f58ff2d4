"""DISK: kornia's own answer for one slice, with the weights of the file."""

import pytest
import torch
from kornia.feature import DISK

from registration.errors import MethodError
from registration.keypoints.disk import WINDOW, Disk
from tests.builders.weights import disk_file, saved

SLICE = torch.rand(1, 44, 37, generator=torch.Generator().manual_seed(5))
EVERYWHERE = torch.ones(SLICE.shape, dtype=torch.bool)


def test_a_slice_has_the_points_that_kornia_finds_with_these_weights(tmp_path):
    path, sha256 = disk_file(tmp_path)
    voxels, response = Disk(path, sha256=sha256).candidates(SLICE, EVERYWHERE, count=10_000)
    network = DISK().eval()
    network.load_state_dict(torch.load(path)["extractor"])
    with torch.no_grad():
        own = network(SLICE.expand(1, 3, -1, -1), window_size=WINDOW, pad_if_not_divisible=True)[0]
    assert len(voxels) == len(own.keypoints) > 5
    order = own.detection_scores.argsort(descending=True, stable=True)
    assert torch.equal(voxels[:, :2], own.keypoints[order].float())
    assert (voxels[:, 2] == 0).all()
    assert torch.equal(response, own.detection_scores[order])


def test_a_file_without_the_wrapper_of_the_checkpoint_does_too(tmp_path):
    path, sha256 = disk_file(tmp_path)
    bare, bare_sha256 = saved(torch.load(path)["extractor"], tmp_path / "bare.pth")
    points = [
        Disk(p, sha256=s).candidates(SLICE, EVERYWHERE, count=9).voxels
        for p, s in ((path, sha256), (bare, bare_sha256))
    ]
    assert torch.equal(*points)


def test_layers_of_another_network_are_refused_by_name(tmp_path):
    state = DISK(desc_dim=64).state_dict()
    path, sha256 = saved({"extractor": state}, tmp_path / "depth-save.pth")
    with pytest.raises(MethodError, match=r"unet\.path_up") as refused:
        Disk(path, sha256=sha256)
    assert refused.value.code == "weights-invalid"
