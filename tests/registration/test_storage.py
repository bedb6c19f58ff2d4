"""The order and direction in which a scanner stores voxels changes nothing in patient space."""

import numpy as np
import pytest

from benchmarks.storages import LIMIT_MM, differences
from tests.builders.storage import handedness, phantom_pair, storages, stored, through_dicom

HARDEST = [((0, 1, 2), (1, 1, 1)), ((2, 0, 1), (-1, 1, -1)), ((1, 2, 0), (1, -1, -1)), ((2, 1, 0), (-1, -1, -1))]
"""The scan as it is, two rotations and a reflection that move every axis; `benchmarks.storages` runs all 48."""


def test_there_are_24_rotations_and_24_reflections():
    hands = [handedness(*one) for one in storages()]
    assert hands == [1] * 24 + [-1] * 24


def test_every_storage_keeps_every_voxel_in_its_place(tmp_path):
    volume = phantom_pair().fixed
    index = np.random.default_rng(0).integers(0, volume.grid.size, (500, 3))
    points = volume.grid.index_to_mm(index)
    for number, way in enumerate(storages()[::5]):
        other = through_dicom(stored(volume, way), tmp_path / str(number))
        x, y, z = np.rint(other.grid.mm_to_index(points)).astype(int).T
        assert np.abs(other.grid.index_to_mm(np.stack([x, y, z], 1)) - points).max() < 1e-3
        there = volume.values[tuple(index.T[::-1])]
        assert np.abs(other.values[z, y, x] - np.clip(there, -1024, None)).max() <= 0.5


@pytest.mark.slow
def test_the_field_is_the_same_in_patient_space():
    assert max(differences(phantom_pair(), HARDEST)) < LIMIT_MM
