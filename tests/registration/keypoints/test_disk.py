"""DISK: kornia's own answer for one slice, with the weights of the file."""

import pytest
import torch
from kornia.feature import DISK

from registration.errors import MethodError
from registration.keypoints.disk import WINDOW, Disk
from tests.builders.weights import disk_file, saved

IMAGE = torch.rand(20, 44, 37, generator=torch.Generator().manual_seed(5))
EVERYWHERE = torch.ones(IMAGE.shape, dtype=torch.bool)


def test_points_are_those_that_kornia_finds_in_a_slice_with_these_weights(tmp_path):
    path, sha256 = disk_file(tmp_path)
    voxels, response = Disk(path, sha256=sha256).candidates(IMAGE, EVERYWHERE, count=4)
    network = DISK().eval()
    network.load_state_dict(torch.load(path)["extractor"])
    for (x, y, z), score in zip(voxels.int().tolist(), response, strict=True):
        shown = ((IMAGE[z], (x, y)), (IMAGE[:, y], (x, z)), (IMAGE[:, :, x], (y, z)))
        assert any(scores(network, image).get(pixel) == score for image, pixel in shown)


def scores(network, image):
    """(column, row) -> score of kornia's points of a slice, filled up to what the network can halve."""
    filled = torch.zeros(48, 48)
    filled[: image.shape[0], : image.shape[1]] = image
    tall, wide = (max(32, 16 * -(-n // 16)) for n in image.shape)
    with torch.no_grad():
        found = network(filled[:tall, :wide].expand(1, 3, -1, -1), window_size=WINDOW)[0]
    return {tuple(p): s for p, s in zip(found.keypoints.int().tolist(), found.detection_scores, strict=True)}


@pytest.mark.parametrize("shape", [(3, 4, 40), (9, 8, 7)])
def test_slices_too_small_for_the_network_are_filled_up(tmp_path, shape):
    path, sha256 = disk_file(tmp_path)
    image = torch.rand(shape, generator=torch.Generator().manual_seed(6))
    voxels, _ = Disk(path, sha256=sha256).candidates(image, torch.ones(shape, dtype=torch.bool), count=99)
    assert len(voxels) > 0
    assert (voxels <= torch.tensor(shape[::-1]) - 1).all()


def test_a_file_without_the_wrapper_of_the_checkpoint_does_too(tmp_path):
    path, sha256 = disk_file(tmp_path)
    bare, bare_sha256 = saved(torch.load(path)["extractor"], tmp_path / "bare.pth")
    points = [
        Disk(p, sha256=s).candidates(IMAGE[:3, :20, :20], EVERYWHERE[:3, :20, :20], count=9).voxels
        for p, s in ((path, sha256), (bare, bare_sha256))
    ]
    assert torch.equal(*points)


def test_layers_of_another_network_are_refused_by_name(tmp_path):
    state = DISK(desc_dim=64).state_dict()
    path, sha256 = saved({"extractor": state}, tmp_path / "depth-save.pth")
    with pytest.raises(MethodError, match=r"unet\.path_up") as refused:
        Disk(path, sha256=sha256)
    assert refused.value.code == "weights-invalid"
