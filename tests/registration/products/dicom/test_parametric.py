"""Maps of large scans, of scans stored in one file, and of scans that were regridded."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from registration.confidence.bounds import ErrorBounds
from registration.geometry import Grid
from registration.products.dicom import parametric
from registration.products.dicom.parametric import MAPS, coarser, width_for
from registration.products.dicom.report import write_structured_report
from registration.products.outcome import outcome_of
from registration.provenance import SourceInstance
from tests.builders.dicom_objects import STAMP, with_instances
from tests.builders.fields import odd_grid
from tests.builders.frames_by_hand import frames_of, numbers_of
from tests.builders.sourced import sourced_result

ERROR, CONFIDENCE, JACOBIAN = MAPS


def test_a_map_is_as_fine_as_its_scan_up_to_a_limit():
    assert width_for(Grid((512, 512, 128), (1.0, 1.0, 1.0))) == 1
    assert width_for(Grid((512, 512, 129), (1.0, 1.0, 1.0))) == 2
    assert width_for(Grid((512, 512, 600), (1.0, 1.0, 1.0))) == 3


@pytest.mark.parametrize("worst", [np.maximum, np.minimum])
def test_a_wider_pixel_is_the_worst_of_its_square_at_its_centre(worst):
    grid = odd_grid(3, (7, 6, 4))
    values = np.random.default_rng(0).normal(size=grid.shape).astype(np.float32)
    squares, wide = coarser(values, grid, worst, 3)
    assert wide.size == (3, 2, 4)
    assert squares[2, 1, 0] == worst.reduce(values[2, 3:6, 0:3].ravel())
    assert squares[3, 0, 2] == worst.reduce(values[3, 0:3, 6:].ravel())  # the border's squares hold what there is
    assert np.allclose(wide.index_to_mm((1, 0, 2)), grid.index_to_mm((4, 1, 2)))


def test_a_coarse_map_names_the_slices_and_says_that_its_pixels_are_others(outcome, tmp_path, monkeypatch):
    monkeypatch.setattr(parametric, "LARGEST", outcome.jacobian.size // 4)
    (file,) = JACOBIAN.write(outcome, STAMP, tmp_path)
    one = pydicom.dcmread(file)
    frames = frames_of(one)
    assert (one.Rows, one.Columns) == tuple(n // 2 for n in outcome.jacobian.shape[1:])
    assert min(frame.values.min() for frame in frames) == outcome.jacobian.min()
    assert {frame.source.SpatialLocationsPreserved for frame in frames} == {"NO"}
    named = {frame.source.ReferencedSOPInstanceUID for frame in frames}
    assert named == {instance.instance_uid for instance in outcome.stored.fixed.source.instances}


def test_frames_of_a_multi_frame_scan_are_named_by_number(tmp_path):
    stored = sourced_result(tmp_path, grid=odd_grid(5, (9, 8, 8)))
    order = [4, 2, 8, 7, 1, 3, 6, 5]
    instances = tuple(SourceInstance("1.2.840.10008.5.1.4.1.1.2.1", "2.25.99", frame) for frame in order)
    outcome = outcome_of(with_instances(stored, instances))
    (file,) = ERROR.write(outcome, STAMP, tmp_path)
    one = pydicom.dcmread(file)
    for frame in frames_of(one):
        index = round(float(outcome.field.grid.mm_to_index(frame.points[0, 0])[2]))
        assert frame.source.ReferencedFrameNumber == order[index]
        assert frame.source.ReferencedSOPInstanceUID == "2.25.99"
    assert len(one.SourceImageSequence) == len(one.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 1


def test_slices_made_by_regridding_name_the_nearest_instance(tmp_path):
    stored = sourced_result(tmp_path, grid=odd_grid(5, (9, 8, 8)))
    instances = tuple(stored.fixed.source.instances[index // 2] for index in range(8))
    outcome = outcome_of(with_instances(stored, instances))
    frames = frames_of(pydicom.dcmread(ERROR.write(outcome, STAMP, tmp_path)[0]))
    depth = [float(outcome.field.grid.mm_to_index(frame.points[0, 0])[2]) for frame in frames]
    ordered = [frames[index].source.ReferencedSOPInstanceUID for index in np.argsort(depth)]
    assert ordered == [instance.instance_uid for instance in instances]


def test_written_twice_it_is_the_same_file(outcome, tmp_path):
    first, second = (ERROR.write(outcome, STAMP, tmp_path)[0].read_bytes() for _ in range(2))
    assert first == second


def test_what_nobody_knows_is_not_written(outcome, tmp_path):
    unknown = replace(outcome.stored, error_mm=np.full(outcome.field.grid.shape, np.nan, np.float32))
    foreign = outcome_of(replace(unknown, bounds=ErrorBounds.none()))
    assert ERROR.write(foreign, STAMP, tmp_path) == CONFIDENCE.write(foreign, STAMP, tmp_path) == []
    assert len(JACOBIAN.write(foreign, STAMP, tmp_path)) == 1
    (file,) = write_structured_report(foreign, STAMP, tmp_path)
    told = {concept for concept, _, _ in numbers_of(pydicom.dcmread(file))}
    assert not told & {"expected-error", "error-bound-90", "confidence"}
    assert {"displacement", "folded-voxels"} <= told
