"""A Deformable Spatial Registration says what the other formats say, also with matrices and undefined vectors."""

import random
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread

from registration.adopt import adopt
from registration.errors import FieldError
from registration.geometry import Box, Grid
from registration.products.blocks import cropped
from registration.products.dicom.deformable import write_deformable
from registration.products.dicom.identity import stamp_of
from registration.products.outcome import Outcome, outcome_of
from registration.reading.fields import holds_field, open_field, read_field
from tests.builders.fields import smooth_field
from tests.builders.grids import turned
from tests.builders.sourced import SIZE, sourced_result
from tests.builders.standard_reader import StandardRegistration

FIXED = turned(Grid(SIZE, (0.9, 1.3, 2.7), (-70.0, 33.0, 612.0)), (12.0, -20.0, 35.0), (1, -1, 1))
WITHIN_MM = 1e-3


@pytest.fixture
def outcome(tmp_path):
    return outcome_of(sourced_result(tmp_path / "made", grid=FIXED))


def written(outcome, folder):
    folder.mkdir()
    (path,) = write_deformable(outcome, stamp_of(outcome), folder)
    return path


def points_in(grid, count=1000):
    return grid.index_to_mm(np.random.default_rng(1).uniform(0, np.array(grid.size) - 1, (count, 3)))


def on_left_handed(outcome, grid):
    """The outcome with another field, on a left-handed grid of the same voxels."""
    field = smooth_field(4, grid)
    stored = replace(outcome.stored, fixed=replace(outcome.stored.fixed, grid=grid), base=field)
    return Outcome(stored, outcome.corrections, field)


def test_a_thousand_points_arrive_where_they_should(outcome, tmp_path):
    assert np.linalg.det(FIXED.axes) < 0
    one = on_left_handed(outcome, FIXED)
    path, points = written(one, tmp_path / "object"), points_in(FIXED)
    wanted = one.field.map_points(points)
    moving = Grid((90, 90, 60), (2.0, 2.0, 3.0), tuple((wanted.mean(0) - 90).tolist()))
    read = read_field(path, FIXED, moving)
    standard = StandardRegistration(path)
    assert holds_field(path)
    assert np.abs(read.field.map_points(points) - wanted).max() < WITHIN_MM
    assert np.abs(np.array([standard.moved(p) for p in points]) - wanted).max() < WITHIN_MM
    assert (read.format, read.covered_percent) == ("dicom", 100)


def test_a_block_says_the_same_where_it_lies(outcome, tmp_path):
    one = on_left_handed(outcome, FIXED)
    block = cropped(one.field, Box((3, 2, 1), (17, 13, 10)))
    path, points = written(Outcome(one.stored, one.corrections, block), tmp_path / "object"), points_in(block.grid)
    wanted, standard = one.field.map_points(points), StandardRegistration(path)
    moving = Grid((90, 90, 60), (2.0, 2.0, 3.0), tuple((wanted.mean(0) - 90).tolist()))
    assert np.abs(read_field(path, FIXED, moving).field.map_points(points) - wanted).max() < WITHIN_MM
    assert np.abs(np.array([standard.moved(p) for p in points]) - wanted).max() < WITHIN_MM


def test_matrices_of_others_are_worked_in(outcome, tmp_path):
    path = written(outcome, tmp_path / "object")
    one = dcmread(path)
    item = one.DeformableRegistrationSequence[0]
    before = [0.999, 0.02, 0, 3, -0.02, 0.999, 0, -2, 0, 0, 1.01, 1, 0, 0, 0, 1]
    after = [1, 0, 0.01, -4, 0, 1.02, 0, 2, -0.01, 0, 1, 5, 0, 0, 0, 1]
    item.PreDeformationMatrixRegistrationSequence[0].FrameOfReferenceTransformationMatrix = before
    item.PostDeformationMatrixRegistrationSequence[0].FrameOfReferenceTransformationMatrix = after
    one.save_as(path)
    grid, standard = outcome.field.grid, StandardRegistration(path)
    read = read_field(path, grid, outcome.stored.moving.grid)
    voxels = grid.voxel_points().reshape(-1, 3)[::7]
    wanted = np.array([standard.moved(p) for p in voxels])
    assert np.abs(read.field.map_points(voxels) - wanted).max() < WITHIN_MM
    assert "matrices" in read.notes[0]


def test_frames_of_reference_that_are_not_the_scans_are_told(outcome, tmp_path):
    stored, path = outcome.stored, written(outcome, tmp_path / "object")
    assert adopt(stored.fixed, stored.moving, open_field(path)).qa["notes"] == []
    one = dcmread(path)
    one.FrameOfReferenceUID = "2.25.999"
    one.save_as(path)
    assert "frames of reference" in adopt(stored.fixed, stored.moving, open_field(path)).qa["notes"][0]


def test_mutations_of_the_object_never_raise_anything_else(outcome, tmp_path):
    path, chance = written(outcome, tmp_path / "object"), random.Random(3)
    whole = path.read_bytes()
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(4000)] = chance.randrange(256)
        path.write_bytes(broken)
        holds_field(path)
        with suppress(FieldError):
            read_field(path, outcome.field.grid, outcome.stored.moving.grid)


def test_another_object_is_no_field(outcome, tmp_path):
    path = next((tmp_path / "made" / "fixed").iterdir())
    assert not holds_field(path)
    with pytest.raises(FieldError) as raised:
        open_field(path)
    assert raised.value.code == "field-unreadable"
