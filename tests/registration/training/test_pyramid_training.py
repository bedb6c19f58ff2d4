"""The pyramid's course: end to end or one part alone, on any data set; runs resume to the last bit."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from registration.errors import MethodError
from registration.phantom import write_phantom
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork
from registration.training.curve import read_curve
from registration.training.draws import random_draw
from registration.training.loop import train
from registration.training.losses.distance import field_errors
from registration.training.pyramid import PyramidTraining
from registration.training.reconstruction import ReconstructionTraining
from registration.weights import load_weights
from tests.builders.images import write_image
from tests.builders.runs import stopped_at

NETWORK = {"encoder": "small", "scales": 3, "keypoints": 40, "finest_stride": 2, "neighbours": 12}


@pytest.fixture
def settings(torso, tmp_path, monkeypatch):
    """Deformed torsos with their true field."""
    monkeypatch.setattr("registration.training.pair_store.PIECE", 40)
    write_image(torso.values, torso.grid, tmp_path / "torso.mha")
    data = {"kind": "synthetic", "volumes": ["torso.mha"], "scans": tmp_path, "cache": tmp_path / "cache"}

    def settings(kind=PyramidTraining, **keys):
        plain = {
            "part": "pyramid", "folder": tmp_path / "run", "network": NETWORK, "steps": 4, "validate_every": 2,
            "spacing_mm": (2.0, 2.0, 2.0), "crop": (28, 28, 28),
            "train": data | {"pairs_per_volume": 2}, "held_out": data | {"pairs_per_volume": 1, "first_seed": 1000},
        }  # fmt: skip
        return kind.from_values(plain | keys, "test.toml")

    return settings


def test_end_to_end_every_part_learns_and_a_stopped_run_ends_where_an_unbroken_one_does(settings, tmp_path):
    whole = train(settings())
    again = settings(folder=tmp_path / "again")
    stopped_at(4, again)
    resumed = train(again)
    weights, others = load_file(whole.weights), load_file(resumed.weights)
    assert all(torch.equal(weights[name], others[name]) for name in weights | others)
    torch.manual_seed(1)
    fresh = PyramidNetwork(settings().network).state_dict()
    moved = {name.split(".")[0] for name in weights if not torch.equal(weights[name], fresh[name])}
    assert weights.keys() == fresh.keys()
    assert moved == {"encoder", "matcher", "reconstruction"}
    curve = read_curve(whole.curve)
    assert {"loss_similarity", "loss_field", "loss_matches", "held_out", "error_mm"} <= curve.keys()


def test_the_kernel_alone_on_a_frozen_encoder(settings):
    trained = train(settings(start={"encoder": "encoder-small"}, frozen=["encoder", "matcher"], steps=2))
    weights = load_file(trained.weights)
    assert {name.split(".")[0] for name in weights} == {"reconstruction"}


def test_a_stage_goes_on_from_the_weights_of_another_run(settings, tmp_path):
    first = train(settings(steps=2))
    second = settings(folder=tmp_path / "second", start={"encoder": str(first.weights)}, frozen=["encoder"])
    course = second.course(second.machine())
    learnt = load_file(first.weights)
    own = course.learner.encoder.state_dict()
    assert all(torch.equal(own[name], learnt[f"encoder.{name}"]) for name in own)
    assert not any(p.requires_grad for p in course.learner.encoder.parameters())
    shipped, _ = load_weights("encoder-small")
    assert not torch.equal(own["stem.0.weight"], shipped["stem.0.weight"])


def test_training_lowers_the_error_of_the_training_pair(settings):
    """One crop of one pair, again and again: what the kernel and the matcher have to learn by heart."""
    run = settings(frozen=["encoder"], start={"encoder": "encoder-small"}, steps=12, crop=(24, 24, 24), noise=0.0)
    course = run.course(run.machine())
    optimiser, losses = course.optimiser(), []
    for _ in range(12):
        terms = course.losses(np.random.default_rng(7))
        losses.append(terms["field"].item())
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
    assert min(losses[-3:]) < 0.97 * losses[0]


@pytest.mark.parametrize("network", [{}, {"reconstruction": "siren"}])
def test_a_reconstruction_learns_from_what_was_caught(settings, tmp_path, network):
    keys = {
        "part": "reconstruction",
        "caught_draws": 2,
        "start": {"encoder": "encoder-small"},
        "network": NETWORK | network,
    }
    run = settings(ReconstructionTraining, **keys, learning_rate=0.01)
    course = run.course(run.machine())
    assert len(course.lessons) == 2 * NETWORK["scales"]
    optimiser, losses = course.optimiser(), []
    for step in range(30):
        loss = course.losses(np.random.default_rng(step % 3))["field"]
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert sum(losses[-3:]) < 0.97 * sum(losses[:3])


def test_a_stopped_run_of_the_reconstruction_goes_on_and_leaves_the_encoder_out(settings, tmp_path):
    run = settings(ReconstructionTraining, part="reconstruction", caught_draws=1)
    whole = train(run)
    again = run.model_copy(update={"folder": tmp_path / "again"})
    stopped_at(4, again)
    weights, others = load_file(whole.weights), load_file(train(again).weights)
    assert all(torch.equal(weights[name], others[name]) for name in weights | others)
    assert {name.split(".")[0] for name in weights} == {"matcher", "reconstruction"}


def test_what_a_reconstruction_is_taught_is_what_the_network_asks_of_it(settings):
    """On all nodes, where it was caught, the lesson of the finest scale is the network's own field."""
    run = settings(ReconstructionTraining, part="reconstruction", caught_draws=1, nodes=10**6, shift_mm=0.0)
    course = run.course(run.machine())
    draw = random_draw(course.scenes.scene(0), run.look(), np.random.default_rng((1, 0)), torch.device("cpu"))
    fields, _ = course.answer(draw)
    expected = [field_errors(field, draw.truth, draw.known).mean().item() for field in fields]
    found = {course.losses(np.random.default_rng(seed))["field"].item() for seed in range(12)}
    assert sorted(found) == pytest.approx(sorted(expected), rel=1e-4)


@pytest.mark.parametrize("kind", ["folder", "learn2reg"])
def test_pairs_with_masks_and_landmarks_teach_without_a_field(settings, phantoms, tmp_path, kind):
    data = in_folders(phantoms, tmp_path) if kind == "folder" else as_learn2reg(phantoms, tmp_path)
    run = settings(train=data, held_out=data, spacing_mm=(8.0, 8.0, 8.0), crop=None, steps=1, similarity="mse")
    curve = read_curve(train(run).curve)
    assert {"loss_similarity", "loss_smoothness", "loss_overlap", "loss_landmarks", "landmark_mm"} <= curve.keys()
    assert "loss_field" not in curve
    assert 0 < curve["landmark_mm"][0] < 30


def in_folders(phantoms, tmp_path):
    write_phantom(phantoms[0], tmp_path / "pairs" / "one")
    (tmp_path / "pairs" / "one" / "displacement_field.mha").unlink()
    return {"kind": "folder", "folder": tmp_path / "pairs"}


def as_learn2reg(phantoms, tmp_path):
    pair, names = phantoms[0], ("NLST_0001_0000", "NLST_0001_0001")
    for folder in ("imagesTr", "masksTr", "keypointsTr"):
        (tmp_path / folder).mkdir()
    masks, points = (pair.fixed_masks, pair.moving_masks), (pair.landmarks_fixed, pair.landmarks_moving)
    for name, scan, mask, rows in zip(names, (pair.fixed, pair.moving), masks, points, strict=True):
        write_image(scan.values, scan.grid, tmp_path / "imagesTr" / f"{name}.nii.gz")
        write_image(mask["lung"].values, scan.grid, tmp_path / "masksTr" / f"{name}.nii.gz")
        np.savetxt(tmp_path / "keypointsTr" / f"{name}.csv", scan.grid.mm_to_index(rows), delimiter=",")
    paths = {role: f"./imagesTr/{name}.nii.gz" for role, name in zip(("fixed", "moving"), names, strict=True)}
    (tmp_path / "NLST_dataset.json").write_text(json.dumps({"training_paired_images": [paths]}))
    return {"kind": "learn2reg", "file": tmp_path / "NLST_dataset.json", "split": "training"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"frozen": ["encoder", "matcher", "reconstruction"]}, "nothing to learn"),
        ({"network": NETWORK | {"reconstruction": "spline"}}, "no gradient passes a spline"),
        ({"network": {"encodr": "small"}}, "'encodr' is no key of the network; expected some of encoder"),
        ({"network": NETWORK | {"scales": 9}}, "between one and 5 scales"),
        ({"network": {"protocol": "brain"}}, "network.*protocols nlst, liver, got"),
        ({"frozen": ["decoder"]}, "frozen.*'decoder'"),
        ({"train": {"kind": "nifti"}}, "train.*'learn2reg', 'folder', 'synthetic'"),
        ({"weights": {"dice": 2.0}}, "weights.dice.*is no key"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_the_key(settings, keys, words):
    def begun():
        run = settings(**keys)
        return run.course(run.machine())

    with pytest.raises(MethodError, match=words) as refused:
        begun()
    assert refused.value.code == "config-invalid"


def test_a_reconstruction_alone_needs_true_fields(settings, phantoms, tmp_path):
    data = in_folders(phantoms, tmp_path)
    run = settings(
        ReconstructionTraining, part="reconstruction", train=data, held_out=data, spacing_mm=(8.0, 8.0, 8.0), crop=None
    )
    with pytest.raises(MethodError, match="true fields") as refused:
        run.course(run.machine())
    assert refused.value.code == "config-invalid"


def test_weights_of_another_size_are_refused(settings):
    paper = settings(network=NETWORK | {"encoder": "paper"}, start={"encoder": "encoder-small"})
    with pytest.raises(MethodError, match="'encoder-small' do not fit") as refused:
        paper.course(paper.machine())
    assert refused.value.code == "weights-invalid"


def test_crops_take_fewer_keypoints_when_asked_to(settings):
    assert settings().look().keypoints == NETWORK["keypoints"]
    assert settings(keypoints=30).look().keypoints == 30


def test_the_defaults_are_the_papers(settings):
    assert settings(network={}).network == PyramidConfig(encoder="paper", keypoints=1024, scales=5)
