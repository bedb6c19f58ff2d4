"""SuperPoint's network as published: its layers, where the pixels of a cell are, and what becomes of odd sizes."""

import pytest
import torch

from registration.errors import MethodError
from registration.keypoints.superpoint import SuperPoint
from registration.keypoints.superpoint_network import SuperPointNetwork, probability_of_pixels
from tests.builders.weights import saved, superpoint_file

DETECTING = ["conv1a", "conv1b", "conv2a", "conv2b", "conv3a", "conv3b", "conv4a", "conv4b", "convPa", "convPb"]


def test_the_layers_have_the_published_names_and_shapes():
    shapes = {name: tuple(value.shape) for name, value in SuperPointNetwork().state_dict().items()}
    assert set(shapes) == {f"{layer}.{part}" for layer in DETECTING for part in ("weight", "bias")}
    assert shapes["conv1a.weight"] == (64, 1, 3, 3)
    assert shapes["conv4b.weight"] == (128, 128, 3, 3)
    assert shapes["convPa.weight"] == (256, 128, 3, 3)
    assert shapes["convPb.weight"] == (65, 256, 1, 1)


def test_the_pixels_of_a_cell_are_counted_row_by_row():
    cells = torch.zeros(1, 65, 3, 4)
    cells[0, 8 * 5 + 2, 1, 3] = 50.0
    probability = probability_of_pixels(cells)
    assert probability.shape == (1, 1, 24, 32)
    assert torch.nonzero(probability > 0.5).tolist() == [[0, 0, 8 + 5, 24 + 2]]


def test_the_last_answer_of_a_cell_is_that_it_holds_no_point():
    cells = torch.zeros(1, 65, 2, 2)
    cells[:, 64] = 50.0
    assert probability_of_pixels(cells).max() < 1e-6


def test_an_image_of_any_size_keeps_its_size_and_its_left_upper_part():
    torch.manual_seed(0)
    network, image = SuperPointNetwork().eval(), torch.rand(1, 1, 45, 51)
    padded = torch.nn.functional.pad(image, (0, 5, 0, 3))
    with torch.no_grad():
        assert torch.equal(network(image), network(padded)[..., :45, :51])


def test_weights_decide_what_is_found(tmp_path):
    torch.manual_seed(0)
    image, mask = torch.rand(3, 32, 40), torch.ones(3, 32, 40, dtype=torch.bool)
    found = []
    for seed in (0, 0, 1):
        path, sha256 = superpoint_file(tmp_path, seed=seed)
        found.append(SuperPoint(path, sha256=sha256).candidates(image, mask, count=40).voxels.tolist())
    assert found[0] == found[1] != found[2]


def test_layers_of_another_network_are_refused_by_name(tmp_path):
    layers = dict(SuperPointNetwork().state_dict())
    layers["conv2a.weight"] = layers["conv2a.weight"][:32]
    path, sha256 = saved(layers, tmp_path / "superpoint_v1.pth")
    with pytest.raises(MethodError, match=r"conv2a\.weight") as refused:
        SuperPoint(path, sha256=sha256)
    assert refused.value.code == "weights-invalid"
