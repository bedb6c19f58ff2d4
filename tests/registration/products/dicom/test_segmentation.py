"""Labels become segments: numbered, named, one object for the same labels, none for no labels."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from registration.errors import ScanError
from registration.geometry import Grid
from registration.products.dicom.derived_series import write_derived_series
from registration.products.dicom.segmentation import write_segmentation
from registration.products.dicom.segments import Segment, segments_of
from registration.volume import Volume
from tests.builders.dicom_objects import STAMP, two_labels


def test_labels_are_numbered_in_their_order_and_keep_their_names_and_codes(outcome, tmp_path):
    liver = Segment(
        "Liver", Code("123037004", "SCT", "Anatomical Structure"), Code("10200004", "SCT", "Liver"), (1, 2, 3)
    )
    file = write_segmentation(
        outcome, STAMP, tmp_path, two_labels(outcome.field.grid), {7: liver, 9: Segment("absent")}
    )
    first, second = pydicom.dcmread(file).SegmentSequence
    assert (first.SegmentNumber, first.SegmentLabel) == (1, "Label 2")
    assert (second.SegmentNumber, second.SegmentLabel) == (2, "Liver")
    assert second.SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"
    assert second.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "123037004"
    assert list(second.RecommendedDisplayCIELabValue) == [1, 2, 3]
    assert segments_of(file) == {1: Segment("Label 2"), 2: liver}


def test_a_name_that_dicom_cannot_hold_is_kept_as_far_as_it_can(outcome, tmp_path):
    labels = two_labels(outcome.field.grid)
    names = {2: Segment("left\\right\n" + "x" * 80), 7: Segment(" \t ")}
    first, second = pydicom.dcmread(write_segmentation(outcome, STAMP, tmp_path, labels, names)).SegmentSequence
    assert first.SegmentLabel == "left/right " + "x" * 53
    assert second.SegmentLabel == "Segment 2"


def test_the_same_labels_are_the_same_object_and_others_another(outcome, tmp_path):
    labels = two_labels(outcome.field.grid)
    other = Volume(np.where(labels.values == 7, 0, labels.values).astype(np.float32), labels.grid)
    first = write_segmentation(outcome, STAMP, tmp_path, labels)
    written = first.read_bytes()
    assert write_segmentation(outcome, STAMP, tmp_path, labels) == first
    assert first.read_bytes() == written
    assert write_segmentation(outcome, STAMP, tmp_path, other) != first
    assert write_segmentation(outcome, STAMP, tmp_path, labels, {2: Segment("Spleen")}) != first


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (lambda grid: Volume(np.zeros(grid.shape, np.float32), grid), "mask-empty"),
        (lambda grid: two_labels(Grid(grid.size, grid.spacing_mm)), "mask-grid-mismatch"),
    ],
)
def test_labels_that_cannot_be_written_are_refused(outcome, tmp_path, labels, code):
    with pytest.raises(ScanError) as refused:
        write_segmentation(outcome, STAMP, tmp_path, labels(outcome.field.grid))
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_names_come_from_a_structure_set(tmp_path):
    regions = [Dataset(), Dataset()]
    for number, region in enumerate(regions, 3):
        region.ROINumber, region.ROIName = number, f"Lung {number}"
    one = Dataset()
    one.StructureSetROISequence = regions
    one.save_as(tmp_path / "structures.dcm", implicit_vr=True, little_endian=True)
    assert segments_of(tmp_path / "structures.dcm") == {3: Segment("Lung 3"), 4: Segment("Lung 4")}


def test_a_slice_names_no_segments(outcome, tmp_path):
    (tmp_path / "labels").mkdir()
    series = write_derived_series(outcome, STAMP, tmp_path / "labels")
    assert segments_of(series[0]) == {}
