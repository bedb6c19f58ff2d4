"""Scenes of an oblique, flipped, anisotropic phantom: the lattice follows the fixed scan, what is known fits."""

import numpy as np
import pytest
import torch

from registration.presets import PRESETS
from registration.pyramid.lattice import LatticeMap
from registration.training.data.pairs import TrainingPair
from registration.training.scene import scene_of
from registration.volume import canonical

SPACING_MM = (7.0, 8.0, 7.5)


@pytest.fixture(scope="module")
def scene(known_pair):
    return scene_of(known_pair, SPACING_MM, PRESETS["auto"])


def on_lattice(scene, values):
    return LatticeMap(values.reshape(1, -1, *scene.fixed.shape).float(), torch.tensor(scene.spacing_mm))


def test_the_lattice_spans_the_fixed_scan_along_its_axes_in_patient_order(scene, known_pair):
    upright = canonical(known_pair.fixed)
    grid = upright.grid
    lengths = (np.asarray(grid.size) - 1) * grid.spacing_mm
    assert scene.size == tuple((lengths / SPACING_MM).astype(int) + 1)
    assert (np.diag(grid.axes) > 0.9).all()  # the scan is stored from left to right and from front to back
    x, y, z = index = np.array([20, 15, 12])
    seen = on_lattice(scene, scene.fixed).at(torch.tensor(index * grid.spacing_mm).float()).item()
    low, high = PRESETS["auto"].window(upright)
    assert seen == pytest.approx(np.clip((upright.values[z, y, x] - low) / (high - low), 0, 1), abs=0.08)


def test_the_moving_scan_pulled_through_the_truth_is_the_fixed_one(scene):
    places = on_lattice(scene, scene.fixed).points()
    truth, moving = on_lattice(scene, scene.truth), on_lattice(scene, scene.moving)
    known = scene.known.flatten()

    def likeness(points):
        return torch.corrcoef(torch.stack([moving.at(points)[known, 0], scene.fixed.flatten()[known]]))[0, 1].item()

    assert likeness(places + truth.vectors()) > max(0.95, likeness(places) + 0.02)
    assert 0.5 < scene.known.float().mean() < 1


def test_landmarks_move_with_the_truth(scene):
    fixed, moving = scene.landmarks
    truth = on_lattice(scene, scene.truth)
    assert (moving - fixed).norm(dim=1).mean() > 2
    assert (fixed + truth.at(fixed) - moving).norm(dim=1).median() < 0.5


def test_every_label_of_every_map_and_nothing_outside(scene, known_pair):
    fixed, moving = scene.labels
    assert fixed.shape == moving.shape == (2, *scene.fixed.shape)
    voxel_ml = np.prod(known_pair.fixed.grid.spacing_mm) / 1000
    volumes = [a.values.sum() * voxel_ml for a, _ in known_pair.label_maps]
    assert (fixed.sum((1, 2, 3)) * np.prod(SPACING_MM) / 1000).tolist() == pytest.approx(volumes, rel=0.05)
    places = on_lattice(scene, scene.fixed).points() + on_lattice(scene, scene.truth).vectors()
    liver = on_lattice(scene, moving[1]).at(places)[:, 0] > 0.5
    overlap = 2 * (liver & fixed[1].flatten()).sum() / (liver.sum() + fixed[1].sum())
    assert overlap > 0.9


def test_a_crop_is_a_scene_of_its_own(scene):
    crop = scene.cropped((5, 4, 3), (20, 18, 16))
    assert crop.size == (20, 18, 16)
    corner = torch.tensor([5.0, 4.0, 3.0]) * torch.tensor(SPACING_MM)
    point = torch.tensor([60.0, 50.0, 40.0])
    for whole, part in ((scene.moving, crop.moving), (scene.truth, crop.truth), (scene.labels[1], crop.labels[1])):
        assert torch.allclose(on_lattice(crop, part).at(point), on_lattice(scene, whole).at(point + corner), atol=1e-4)
    fixed, moving = crop.landmarks
    assert 0 < len(fixed) < len(scene.landmarks[0])
    far = (torch.tensor(crop.size) - 1) * torch.tensor(SPACING_MM)
    assert all(((points >= 0) & (points <= far)).all() for points in (fixed, moving))
    apart = (fixed[:, None] + corner - scene.landmarks[0]).norm(dim=2)
    assert apart.min(1).values.max() < 1e-3


def test_images_alone_are_a_scene(phantoms):
    scene = scene_of(TrainingPair(phantoms[0].fixed, phantoms[0].moving), SPACING_MM, PRESETS["thorax"])
    assert (scene.labels, scene.landmarks, scene.truth, scene.known) == (None, None, None, None)
    assert scene.cropped((0, 0, 0), (9, 9, 9)).moving.shape == (9, 9, 9)
