"""The verdict on learned features: every kind on every volume kept back, alone and beside MIND-SSC."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from experiments.encoder import judged, matching, registering
from experiments.encoder.judged import Group, encoder_of
from registration.field.displacement import DisplacementField
from registration.training.sources import training_volume
from registration.training.synthetic import synthetic_pair


@pytest.fixture(scope="module")
def pair():
    return synthetic_pair(training_volume("phantom:thorax:3", None), 4, size=48)


@pytest.fixture
def groups(pair, monkeypatch):
    group = Group("phantoms", None, ("phantom:thorax:3",))
    monkeypatch.setattr(Group, "pairs", lambda *_: iter([pair]))
    for module in (matching, registering):
        monkeypatch.setattr(module, "groups", lambda: iter([group]))
    monkeypatch.setattr(registering, "real_pairs", lambda: iter([]))


def test_matching_is_told_for_each_kind_and_for_both(groups):
    lines = list(matching.matching_lines({"small": encoder_of(None)}))[1:]
    kinds = [line.split("|")[2].strip() for line in lines]
    assert kinds == ["MIND-SSC", "small", *(f"small, {part:g} beside MIND-SSC" for part in matching.BESIDE)]
    errors = [float(line.split("|")[3].split("(")[0]) for line in lines]
    assert all(0.1 < error < 6.0 for error in errors)
    assert len(set(errors)) > 2


def test_registrations_are_judged_by_the_true_field_of_what_both_scans_show(pair):
    judge = registering._against_truth(pair)
    truth = type("Run", (), {"field": pair.truth})
    nothing = type("Run", (), {"field": DisplacementField(np.zeros_like(pair.truth.vectors_mm), pair.truth.grid)})
    assert judge(truth)[0] == pytest.approx(0.0, abs=1e-4)
    mean, worst = judge(nothing)
    assert worst > mean > 0.5


def test_a_share_of_nothing_is_mind_alone(groups):
    head, *lines = list(registering.registering_lines({"small": encoder_of(None)}, (0.0, 0.9), finish=False))
    assert "| MIND-SSC | small, 0 | small, 0.9 |" in head
    assert [line.split("|")[1].strip() for line in lines] == ["phantoms 1", "left out, mean of 1"]
    without, none, much = (cell.strip() for cell in lines[0].split("|")[2:5])
    assert without == none != much


def test_an_encoder_comes_from_a_file_too(tmp_path):
    shipped = encoder_of(None)
    changed = {name: tensor + 1 for name, tensor in shipped.state_dict().items()}
    save_file(changed, tmp_path / "weights.safetensors")
    found = encoder_of(tmp_path / "weights.safetensors")
    assert all(torch.equal(found.state_dict()[name], tensor) for name, tensor in changed.items())


def test_only_volumes_at_hand_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(judged, "CHEST", tmp_path / "none.tar.gz")
    monkeypatch.setattr(judged, "LIVER", tmp_path / "none")
    assert [group.title for group in judged.groups()] == ["phantoms"]
