"""A result survives its folder: everything comes back bit for bit, and a damaged folder says what is wrong."""

import json

import numpy as np
import pytest

from registration.archive import load_result, save_corrections, save_result
from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.refinement.corrections import CorrectionSet, Correspondence
from registration.result import ModelIdentity, Registration
from registration.volume import Volume
from tests.builders.results import BOUNDS

FIXED = Grid((12, 10, 8), (1.0, 1.5, 3.0), (-5.0, 2.0, 1.0), ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
MOVING = Grid((9, 11, 7), (1.2, 1.2, 2.0))


@pytest.fixture
def made():
    rng = np.random.default_rng(0)

    def noise(*shape):
        return rng.normal(size=shape).astype(np.float32)

    field = DisplacementField(noise(*FIXED.shape, 3), FIXED)
    matches = Matches(noise(5, 3), noise(5, 3), noise(5), noise(5, 4))
    model = ModelIdentity("kernelreg", "1", "abc")
    qa = {"folds": np.int64(3), "sd_log_jacobian": float("nan")}
    registration = Registration(
        field,
        noise(*FIXED.shape),
        noise(*FIXED.shape),
        BOUNDS,
        matches,
        np.eye(4),
        model,
        qa,
        {"field": 0.1},
        "thorax",
    )
    return Volume(noise(*FIXED.shape), FIXED), Volume(noise(*MOVING.shape), MOVING), registration


def test_everything_comes_back_bit_for_bit_and_lazily(tmp_path, made):
    fixed, moving, registration = made
    save_result(tmp_path / "out", fixed, moving, registration)
    stored = load_result(tmp_path / "out")
    assert isinstance(stored.base.vectors_mm, np.memmap)
    assert np.array_equal(stored.base.vectors_mm, registration.field.vectors_mm)
    assert stored.base.grid == FIXED
    assert stored.moving.grid == MOVING
    assert np.array_equal(stored.moving.values, moving.values)
    assert np.array_equal(stored.error_mm, registration.error_mm)
    assert np.array_equal(stored.attention_std, registration.attention_std)
    assert np.array_equal(stored.confidence, registration.confidence)
    assert np.array_equal(stored.bound_mm, registration.bound_mm)
    assert stored.bounds == BOUNDS
    assert np.array_equal(stored.matches.statistics, registration.matches.statistics)
    assert stored.model == registration.model
    assert stored.manifest["qa"] == {"folds": 3, "sd_log_jacobian": None}
    assert stored.manifest["pre_alignment"] == np.eye(4).tolist()
    assert "Research use only" in stored.manifest["notice"]
    assert len(stored.corrections) == 0


def test_corrections_are_replaced_and_the_base_is_not(tmp_path, made):
    save_result(tmp_path, *made)
    before = (tmp_path / "state" / "base_field.npy").read_bytes()
    place = FIXED.index_to_mm((3.3, 4.1, 2.2))
    clicks = CorrectionSet(FIXED, (Correspondence("a", tuple(place), (0.1, 0.2, 0.3)),))
    save_corrections(tmp_path, clicks)
    assert load_result(tmp_path).corrections == clicks
    assert (tmp_path / "state" / "base_field.npy").read_bytes() == before
    assert not [p for p in (tmp_path / "state").iterdir() if p.name.startswith(".")]


def test_a_second_registration_replaces_the_first_and_leaves_nothing_behind(tmp_path, made):
    save_result(tmp_path, *made)
    save_result(tmp_path, *made)
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def damage_version(state):
    manifest = json.loads((state / "manifest.json").read_text())
    (state / "manifest.json").write_text(json.dumps({**manifest, "version": 99}))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda state: (state / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda state: (state / "manifest.json").write_text("{"), "no readable result"),
        (lambda state: (state / "manifest.json").write_text("[]"), "damaged"),
        (lambda state: (state / "base_field.npy").unlink(), "base_field.npy is missing"),
        (lambda state: (state / "base_field.npy").write_bytes(b"x"), "no readable result"),
        (lambda state: np.save(state / "fixed.npy", np.zeros((2, 2, 2), np.float32)), "fixed.npy is float32"),
        (damage_version, "version 3, got kernelreg-result 99"),
    ],
)
def test_a_damaged_result_says_what_is_wrong(tmp_path, made, damage, says):
    save_result(tmp_path / "case", *made)
    damage(tmp_path / "case" / "state")
    with pytest.raises(MethodError, match=says) as refused:
        load_result(tmp_path / "case")
    assert refused.value.code == "result-unreadable"
    assert "case" in refused.value.message
