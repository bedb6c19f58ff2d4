"""Synthetic pairs as a data set: every volume in turn, each with its true field, other seeds for other sets."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from registration.training.data.choice import DataChoice
from tests.builders.images import write_image


@pytest.fixture
def opened(torso, tmp_path, monkeypatch):
    monkeypatch.setattr("registration.training.pair_store.PIECE", 32)
    write_image(torso.values, torso.grid, tmp_path / "a.nii.gz")
    write_image(torso.values[:, ::-1].copy(), torso.grid, tmp_path / "b.mha")

    def opened(**keys):
        keys = {"kind": "synthetic", "volumes": ["a.nii.gz", "b.mha"], "pairs_per_volume": 2} | keys
        return (
            TypeAdapter(DataChoice).validate_python({"scans": tmp_path, "cache": tmp_path / "cache", **keys}).opened()
        )

    return opened


def test_pairs_of_all_volumes_with_their_truth(opened):
    pairs = opened()
    assert len(pairs) == 4
    made = [pairs.pair(i) for i in range(4)]
    assert len({pair.fixed.values.tobytes() for pair in made}) == 4
    assert all(pair.truth.grid == pair.fixed.grid for pair in made)
    assert np.abs(made[0].truth.vectors_mm).max() > 1


def test_other_seeds_give_other_pairs(opened):
    again, other = opened().pair(3), opened(first_seed=1000).pair(3)
    assert np.array_equal(again.fixed.values, opened().pair(3).fixed.values)
    assert not np.array_equal(again.fixed.values, other.fixed.values)
