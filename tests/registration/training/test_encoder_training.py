"""The encoder's loop: it learns, it goes on where it stopped, and it keeps the curve."""

import csv
from dataclasses import replace

import pytest
import torch

from registration.training.checkpoint import Run
from registration.training.encoder import TrainingConfig, train


@pytest.fixture
def config(torso, tmp_path, monkeypatch):
    monkeypatch.setattr("registration.training.pair_store.training_volume", lambda *_: torso)
    monkeypatch.setattr("registration.training.pair_store.PIECE", 40)
    return TrainingConfig(
        "small", ("a",), ("b",), tmp_path, tmp_path / "cache", tmp_path / "run", steps=4, pairs_per_volume=1,
        held_out_pairs=1, crop=33, points=24, validate_every=2,
    )  # fmt: skip


def test_a_stopped_run_ends_where_an_unbroken_one_does(config, tmp_path):
    unbroken = train(config)
    again = replace(config, folder=tmp_path / "again")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "record", stop_at(4))
        with pytest.raises(KeyboardInterrupt):
            train(again)
    resumed = train(again)
    assert all(torch.equal(unbroken[k], resumed[k]) for k in unbroken)


def stop_at(step):
    """Stands in for `record`: the process ends before the checkpoint of this step."""

    def record(run, row):
        if run.step == step:
            raise KeyboardInterrupt

    return record


def test_the_curve_is_a_table(config):
    train(config)
    with (config.folder / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert float(rows[0]["fine_mm"]) > 0


def test_a_configuration_is_read_from_toml(tmp_path):
    text = 'size = "small"\ntrain = ["x.nii"]\nheld_out = []\nscans = "s"\ncache = "c"\nfolder = "f"\nsteps = 7\n'
    (tmp_path / "c.toml").write_text(text)
    config = TrainingConfig.read(tmp_path / "c.toml")
    assert config.train == ("x.nii",)
    assert (config.steps, config.cache.name) == (7, "c")
