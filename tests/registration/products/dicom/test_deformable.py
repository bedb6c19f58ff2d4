"""The field as a Deformable Spatial Registration: what the standard's text alone makes of it is the field."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from registration.dicom.deformable_registration import read_deformable_registration
from registration.errors import PointError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.dicom.deformable import deformable_registration, write_deformable
from registration.products.dicom.identity import Stamp, stamp_of
from registration.products.dicom.lattice import right_handed, sampled
from registration.products.dicom.modules import saved
from registration.products.outcome import Outcome, outcome_of
from tests.builders.fields import smooth_field
from tests.builders.grids import odd_grids, turned
from tests.builders.sourced import ORIGIN, SIZE, SPACING, sourced_result
from tests.builders.standard_reader import StandardRegistration

STAMP = Stamp("result", "revision", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
UPRIGHT = Grid(SIZE, SPACING, ORIGIN)
LEFT_HANDED = turned(UPRIGHT, (10.0, 20.0, -30.0), (1, 1, -1))
GRIDS = odd_grids(UPRIGHT) | {"identity": Grid(SIZE, (1.0, 1.0, 1.0)), "left-handed": LEFT_HANDED}


def placed(outcome: Outcome, grid: Grid) -> Outcome:
    """The outcome with another field on another fixed grid, of the same series."""
    field = smooth_field(5, grid)
    stored = replace(outcome.stored, fixed=replace(outcome.stored.fixed, grid=grid), base=field)
    return Outcome(stored, outcome.corrections, field)


def points_in(grid: Grid, count: int = 1000) -> np.ndarray:
    index = np.random.default_rng(0).uniform(0, np.asarray(grid.size) - 1, (count, 3))
    return grid.index_to_mm(index)


@pytest.mark.parametrize("name", GRIDS)
def test_the_standards_text_alone_gives_the_field_back(outcome, tmp_path, name):
    one = placed(outcome, GRIDS[name])
    (path,) = write_deformable(one, STAMP, tmp_path)
    read, points = StandardRegistration(path), points_in(GRIDS[name])
    found = np.array([read.moved(point) for point in points])
    assert np.abs(found - one.field.map_points(points)).max() < 1e-3


@pytest.mark.parametrize("name", GRIDS)
def test_our_reader_gives_the_field_back(outcome, tmp_path, name):
    one = placed(outcome, GRIDS[name])
    (path,) = write_deformable(one, STAMP, tmp_path)
    read = read_deformable_registration(path)
    points = points_in(GRIDS[name])
    assert np.abs(read.map_points(points) - one.field.map_points(points)).max() < 1e-3
    assert np.abs(read.field_on(GRIDS[name]).vectors_mm - one.field.vectors_mm).max() < 1e-3


def test_a_coarser_grid_holds_the_field_at_its_points_and_covers_the_scan(outcome, tmp_path):
    one = placed(outcome, LEFT_HANDED)
    read = StandardRegistration(saved(deformable_registration(one, STAMP, 5.0), tmp_path))
    assert read.resolution.tolist() == [5.0, 5.0, 5.0]
    assert read.dimensions == (8, 5, 7)
    far = read.resolution * (np.array(read.dimensions) - 1)
    assert (far >= (np.array(SIZE) - 1) * SPACING - 1e-9).all()
    index = np.array([(i, j, k) for k in range(6) for j in range(4) for i in range(7)])  # the last ones lie outside
    points = read.position + (index * read.resolution) @ read.axes
    vectors = np.array([read.vector(*i) for i in index])
    assert np.abs(vectors - one.field.at(points)).max() < 1e-3
    assert np.abs(read.vector(7, 4, 6) - right_handed(one.field).vectors_mm[-1, -1, -1]).max() < 1e-4


def test_no_axis_becomes_finer_than_the_field_is_known():
    field = smooth_field(1, Grid((9, 8, 7), (0.7, 0.7, 5.0)))
    assert sampled(field, 2.0).grid.spacing_mm == (2.0, 2.0, 5.0)
    assert sampled(field, 0.1) is field


def test_a_large_field_is_sampled_by_default_and_refused_where_it_does_not_fit():
    grid = Grid((512, 512, 40), (0.7, 0.7, 3.0))
    field = DisplacementField(np.broadcast_to(np.float32([1, 2, 3]), (*grid.shape, 3)), grid)
    coarse = sampled(field)
    assert (coarse.grid.size, coarse.grid.spacing_mm) == ((359, 359, 40), (1.0, 1.0, 3.0))
    assert (coarse.vectors_mm == [1, 2, 3]).all()
    long = Grid((1024, 1024, 400), (0.4, 0.4, 1.0))
    with pytest.raises(PointError, match="4 GiB"):
        sampled(DisplacementField(np.broadcast_to(np.float32(0), (*long.shape, 3)), long), 0.1)


def test_the_object_stands_in_the_fixed_frame_and_refers_to_both_series(outcome, tmp_path):
    (path,) = write_deformable(outcome, STAMP, tmp_path)
    one, fixed, moving = dcmread(path), outcome.stored.fixed.source, outcome.stored.moving.source
    (item,) = one.DeformableRegistrationSequence
    assert (one.FrameOfReferenceUID, item.SourceFrameOfReferenceUID) == (
        fixed.frame_of_reference_uid,
        moving.frame_of_reference_uid,
    )
    assert one.StudyInstanceUID == fixed.study_uid
    assert one.SeriesInstanceUID not in (fixed.series_uid, moving.series_uid)
    instances = [i.instance_uid for i in moving.instances]
    assert [r.ReferencedSOPInstanceUID for r in item.ReferencedImageSequence] == instances
    (here,) = one.ReferencedSeriesSequence
    ((there,),) = [s.ReferencedSeriesSequence for s in one.StudiesContainingOtherReferencedInstancesSequence]
    assert [here.SeriesInstanceUID, there.SeriesInstanceUID] == [fixed.series_uid, moving.series_uid]
    assert [r.ReferencedSOPInstanceUID for r in there.ReferencedInstanceSequence] == instances
    assert "research use only" in one.SeriesDescription


def test_both_scans_may_share_their_frame_of_reference(tmp_path):
    one = outcome_of(sourced_result(tmp_path, grid=UPRIGHT, same_frame=True))
    path = saved(deformable_registration(one, stamp_of(one)), tmp_path)
    fixed, moving = StandardRegistration(path).frames
    assert fixed == moving
    assert read_deformable_registration(path, moving_frame_uid=moving).fixed_frame_uid == fixed


def test_written_twice_it_is_the_same_object(outcome, tmp_path: Path):
    first, second = (saved(deformable_registration(outcome, STAMP), tmp_path) for _ in range(2))
    assert first == second
    other = deformable_registration(outcome, replace(STAMP, revision="next"))
    assert other.SOPInstanceUID != first.stem
    assert other.SeriesInstanceUID != dcmread(first).SeriesInstanceUID
