"""The encoder's course: it learns in the loop, goes on where it stopped, and leaves weights that an encoder takes."""

import pytest
import torch
from safetensors.torch import load_file

from registration.features.encoder import CONFIGS, Encoder
from registration.training.curve import read_curve
from registration.training.encoder import EncoderTraining
from registration.training.loop import train
from registration.weights import fit_weights
from tests.builders.runs import stopped_at


@pytest.fixture
def config(torso, tmp_path, monkeypatch):
    monkeypatch.setattr("registration.training.pair_store.training_volume", lambda *_: torso)
    monkeypatch.setattr("registration.training.pair_store.PIECE", 40)
    monkeypatch.setattr("registration.training.matching_score.KEYPOINTS", 40)
    return EncoderTraining(
        part="encoder", size="small", train=("a",), held_out=("b",), scans=tmp_path, cache=tmp_path / "cache",
        folder=tmp_path / "run", steps=4, pairs_per_volume=1, held_out_pairs=1, crop=33, points=24, validate_every=2,
        beside_mind=True,
    )  # fmt: skip


def test_a_stopped_run_ends_where_an_unbroken_one_does(config, tmp_path):
    unbroken = train(config)
    again = config.model_copy(update={"folder": tmp_path / "again"})
    stopped_at(4, again)
    resumed = train(again)
    weights, others = load_file(unbroken.weights), load_file(resumed.weights)
    assert all(torch.equal(weights[name], others[name]) for name in weights | others)
    fit_weights(Encoder(CONFIGS["small"]), weights, "trained")
    curves = [read_curve(trained.curve) for trained in (unbroken, resumed)]
    assert curves[0]["step"] == curves[1]["step"] == [2, 4]
    assert curves[0]["loss"] == curves[1]["loss"]
    assert curves[0]["fine_mm"][0] > 0
    assert curves[0]["fine_mm"] != curves[0]["both_fine_mm"]
