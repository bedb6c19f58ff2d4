"""Synthetic pairs: the field is the true one, the same seed gives the same pair, sight is told honestly."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from registration.sampling import ChannelMap
from registration.training.motion import volume_ratio
from registration.training.pair_store import PairStore
from registration.training.synthetic import synthetic_pair


@pytest.mark.parametrize("like_mr", [False, True])
def test_the_moving_volume_pulled_through_the_truth_looks_like_the_fixed_one(torso, like_mr):
    pair = synthetic_pair(torso, 7, size=48, like_mr=like_mr)
    points = pair.fixed.grid.voxel_points().reshape(-1, 3)
    points = points[pair.visible(points)]
    fixed, moving = (texture(volume) for volume in (pair.fixed, pair.moving))

    def likeness(targets):
        pairs = [image.at(torch.from_numpy(p).float())[:, 0] for image, p in ((fixed, points), (moving, targets))]
        return float(torch.corrcoef(torch.stack(pairs))[0, 1])

    assert np.linalg.norm(pair.truth.at(points), axis=1).mean() > 1.0
    assert likeness(pair.truth.map_points(points)) > max(0.5, likeness(points) + 0.2)


def texture(volume):
    """What remains of a volume without its slow changes."""
    values = volume.values - ndimage.gaussian_filter(volume.values, 3)
    return ChannelMap(torch.from_numpy(values)[..., None], volume.grid)


def test_a_seed_decides_everything(torso):
    a, b, c = (synthetic_pair(torso, seed, size=32) for seed in (3, 3, 4))
    assert np.array_equal(a.fixed.values, b.fixed.values)
    assert np.array_equal(a.truth.vectors_mm, b.truth.vectors_mm)
    assert not np.array_equal(a.fixed.values, c.fixed.values)


def test_altered_and_leaving_points_are_not_visible(torso):
    pair = next(p for p in (synthetic_pair(torso, seed, size=40) for seed in range(20)) if p.altered.any())
    altered = pair.fixed.grid.voxel_points()[pair.altered]
    assert not pair.visible(altered).any()
    points = pair.fixed.grid.voxel_points().reshape(-1, 3)
    leaving = ~pair.moving.grid.contains(pair.truth.map_points(points))
    assert leaving.any()
    assert not pair.visible(points[leaving]).any()


def test_volume_ratio_of_a_linear_map_is_its_determinant():
    z, y, x = np.meshgrid(*(np.arange(6) * 2.0,) * 3, indexing="ij")
    field = np.stack([0.1 * x + 0.05 * y, -0.2 * y, 0.3 * z + 0.1 * x], -1).astype(np.float32)
    assert volume_ratio(field, 2.0) == pytest.approx(1.1 * 0.8 * 1.3, abs=1e-4)


def test_a_stored_pair_is_the_pair_to_half_precision(torso, tmp_path, monkeypatch):
    monkeypatch.setattr("registration.training.pair_store.training_volume", lambda *_: torso)
    monkeypatch.setattr("registration.training.pair_store.PIECE", 40)
    store = PairStore(tmp_path, tmp_path / "cache")
    made, read = (store.pair("torso", 2) for _ in range(2))
    expected = synthetic_pair(torso, 2, size=40)
    assert np.array_equal(made.fixed.values, read.fixed.values)
    assert read.fixed.values == pytest.approx(expected.fixed.values, abs=0.6)
    assert read.truth.vectors_mm == pytest.approx(expected.truth.vectors_mm, abs=0.02)
    assert read.fixed.grid == expected.fixed.grid
