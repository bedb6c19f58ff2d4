"""Draws: the same generator gives the same crop and keypoints; keypoints are capped; emptiness is said."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from registration.errors import MethodError
from registration.presets import PRESETS
from registration.training.draws import Look, random_draw
from registration.training.scene import scene_of

CPU = torch.device("cpu")
LOOK = Look(crop=(28, 24, 99), keypoints=40, detector="foerstner", noise=0.02, blur_voxels=0.5)


@pytest.fixture(scope="module")
def scene(known_pair):
    return scene_of(known_pair, (7.0, 7.5, 8.0), PRESETS["auto"])


def test_a_generator_decides_the_draw(scene):
    a, b, c = (random_draw(scene, LOOK, np.random.default_rng(seed), CPU) for seed in (1, 1, 2))
    assert torch.equal(a.fixed.values, b.fixed.values)
    assert torch.equal(a.points, b.points)
    assert not torch.equal(a.fixed.values, c.fixed.values)


def test_a_crop_is_no_larger_than_the_scene_and_everything_is_cropped_alike(scene):
    draw = random_draw(scene, LOOK, np.random.default_rng(3), CPU)
    shape = (scene.size[2], 24, 28)
    maps = (draw.fixed, draw.moving, draw.moving_inside, draw.truth, draw.known, *draw.labels)
    assert {lattice.values.shape[2:] for lattice in maps} == {shape}
    assert [lattice.values.shape[1] for lattice in maps] == [1, 1, 1, 3, 1, 2, 2]
    assert draw.fixed.values.dtype == draw.labels[0].values.dtype == torch.float32


def test_keypoints_are_at_most_so_many_and_lie_in_the_crop(scene):
    draw = random_draw(scene, LOOK, np.random.default_rng(4), CPU)
    assert 30 <= len(draw.points) <= 40
    assert ((draw.points >= 0) & (draw.points <= (draw.fixed.size - 1) * draw.fixed.step_mm)).all()


def test_images_differ_from_the_scene_by_augmentation_alone(scene):
    plain = random_draw(scene, replace(LOOK, crop=None, noise=0.0, blur_voxels=0.0), np.random.default_rng(5), CPU)
    noisy = random_draw(scene, replace(LOOK, crop=None, blur_voxels=0.0), np.random.default_rng(5), CPU)
    assert torch.allclose(plain.moving.values[0, 0], scene.moving, atol=1e-6)
    assert 0 < (noisy.moving.values - plain.moving.values).std() < 0.02
    assert torch.equal(noisy.points, plain.points)


def test_a_scene_of_air_is_refused(scene):
    empty = replace(scene, fixed=torch.zeros_like(scene.fixed))
    with pytest.raises(MethodError, match="None of 20 crops") as refused:
        random_draw(empty, LOOK, np.random.default_rng(0), CPU)
    assert refused.value.code == "too-few-keypoints"
