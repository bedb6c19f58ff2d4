"""Weights files: what is shipped fits, what does not fit says where."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file

from registration.errors import MethodError
from registration.features.learned import trained_encoder
from registration.kernel.trained import CORRESPONDENCES, MATCHES, trained_kernel
from registration.weights import FOLDER, available_weights, fit_weights, load_weights


def test_loaded_weights_come_with_the_hash_of_their_file(tmp_path):
    save_file({"a": torch.arange(3.0)}, tmp_path / "some.safetensors")
    weights, sha256 = load_weights("some", folder=tmp_path)
    assert torch.equal(weights["a"], torch.arange(3.0))
    assert sha256 == hashlib.sha256((tmp_path / "some.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("content", [None, b"", b"not tensors at all, but long enough to have a header"])
def test_missing_or_broken_files_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "bad.safetensors").write_bytes(content)
    with pytest.raises(MethodError) as refusal:
        load_weights("bad", folder=tmp_path)
    assert refusal.value.code == "weights-invalid"
    assert "bad" in refusal.value.message


@pytest.mark.parametrize(
    ("weights", "where"),
    [
        ({"weight": torch.zeros(2, 3)}, "bias"),
        ({"weight": torch.zeros(2, 4), "bias": torch.zeros(2)}, "weight"),
        ({"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "zeta": torch.zeros(1)}, "zeta"),
    ],
)
def test_weights_that_do_not_fit_say_at_which_tensor(weights, where):
    model = torch.nn.Linear(3, 2)
    before = model.weight.clone()
    with pytest.raises(MethodError, match=where):
        fit_weights(model, weights, "some")
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize("name", available_weights())
def test_shipped_weights_are_small_and_have_a_card_that_names_their_hash(name):
    _, sha256 = load_weights(name)
    assert (FOLDER / f"{name}.safetensors").stat().st_size < 1.5e6
    assert sha256 in (FOLDER / f"{name}.md").read_text()


def test_shipped_networks_take_their_weights():
    encoder, encoder_hash = trained_encoder("small")
    assert not encoder.training
    hashes = {encoder_hash, trained_kernel(MATCHES)[1], trained_kernel(CORRESPONDENCES)[1]}
    assert len(hashes) == 3
