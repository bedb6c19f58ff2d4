"""Regions that others drew on the moving scan are carried to the fixed one under their names."""

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from cli.main import app
from registration.errors import ScanError
from registration.products.dicom.segmentation import write_segmentation
from registration.products.dicom.segments import Segment
from registration.products.outcome import outcome_of
from registration.products.regions import holds_regions, regions_as_labels
from tests.builders.dicom_objects import BASE, SEGMENTS, STAMP, two_labels
from tests.builders.sourced import sourced_result
from tests.builders.structures import save_object, structure_set


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return sourced_result(tmp_path_factory.mktemp("regions"), grid=BASE)


def block(grid, low, high):
    """Contours of the voxels from `low` to before `high` (x, y, z), one in each slice."""
    (ax, ay, az), (bx, by, bz) = low, high
    corners = [(ax - 0.5, ay - 0.5), (bx - 0.5, ay - 0.5), (bx - 0.5, by - 0.5), (ax - 0.5, by - 0.5)]
    return [grid.index_to_mm([(x, y, z) for x, y in corners]) for z in range(az, bz)]


def drawn(stored, folder, **blocks):
    """A structure set of blocks on the moving scan."""
    grid, source = stored.moving.grid, stored.moving.source
    regions = {name: block(grid, *ends) for name, ends in blocks.items()}
    one = structure_set(regions, frame_uid=source.frame_of_reference_uid)
    return save_object(one, folder / "structures.dcm")


LIVER, SPLEEN = ((18, 14, 10), (26, 22, 18)), ((27, 14, 12), (31, 20, 20))


def test_every_region_is_a_label_under_its_name(stored, tmp_path):
    file = drawn(stored, tmp_path, liver=LIVER, spleen=SPLEEN)
    assert holds_regions(file)
    labels, called = regions_as_labels(file, stored.moving)
    assert called == {1: Segment("liver"), 2: Segment("spleen")}
    assert [int((labels.values == label).sum()) for label in (1, 2)] == [8 * 8 * 8, 4 * 6 * 8]
    assert (labels.values[10:18, 14:22, 18:26] == 1).all()


def test_a_region_may_be_chosen_by_name_and_then_may_overlap_others(stored, tmp_path):
    file = drawn(stored, tmp_path, body=((10, 8, 6), (34, 30, 26)), liver=LIVER)
    with pytest.raises(ScanError) as refused:
        regions_as_labels(file, stored.moving)
    assert refused.value.code == "labels-invalid"
    assert "'body' and 'liver' overlap" in refused.value.message
    labels, called = regions_as_labels(file, stored.moving, ["Liver"])
    assert called == {2: Segment("liver")}
    assert set(np.unique(labels.values)) == {0, 2}


def test_regions_that_enclose_nothing_are_left_out_unless_asked_for(stored, tmp_path):
    file = drawn(stored, tmp_path, liver=LIVER, elsewhere=((18, 14, 900), (20, 16, 902)))
    assert regions_as_labels(file, stored.moving)[1] == {1: Segment("liver")}
    for name, code in (("elsewhere", "mask-empty"), ("kidney", "mask-part-unknown")):
        with pytest.raises(ScanError) as refused:
            regions_as_labels(file, stored.moving, [name])
        assert refused.value.code == code


def test_segments_of_our_own_come_back_with_names_and_codes(stored, tmp_path):
    outcome = outcome_of(stored)
    file = write_segmentation(outcome, STAMP, tmp_path, two_labels(stored.fixed.grid), SEGMENTS)
    labels, called = regions_as_labels(file, stored.fixed)
    assert called == {1: Segment("Label 2"), 2: SEGMENTS[7]}
    assert np.array_equal(labels.values, np.searchsorted([0, 2, 7], two_labels(stored.fixed.grid).values))


def test_warp_writes_the_regions_of_a_structure_set_as_a_segmentation(stored, tmp_path):
    file = drawn(stored, tmp_path, liver=LIVER, spleen=SPLEEN)
    arguments = ["warp", stored.folder, file, "--roi", "liver", "--output", tmp_path / "out"]
    ended = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    (written,) = (tmp_path / "out").rglob("*.dcm")
    one = pydicom.dcmread(written)
    assert [segment.SegmentLabel for segment in one.SegmentSequence] == ["liver"]
    assert one.StudyInstanceUID == stored.fixed.source.study_uid
