"""Headers as scanners and archives write them become the few words by which series are chosen."""

import pytest

from registration.dicom import read_series, source_of
from registration.pairing import same_patient, summary_of
from tests.builders.dicom import FRAME, ct_series, save


def test_a_series_that_was_read(tmp_path):
    series = ct_series()
    for one in series:
        one.SeriesDescription, one.ConvolutionKernel, one.SliceThickness = "Thorax VENOUS", "Br40d", "1.25"
        one.AcquisitionDate, one.AcquisitionTime, one.BodyPartExamined = "20200102", "101500.5", "Chest"
    source = source_of(read_series(sorted(save(series, tmp_path).iterdir()), largest_voxels=10**6))
    found = summary_of("a", source.header, slices=len(source.instances))
    assert (found.modality, found.image_type, found.slices) == ("CT", ("ORIGINAL", "PRIMARY", "AXIAL"), 9)
    assert (found.thickness_mm, found.plane, found.kernel, found.body_part) == (1.25, "axial", "BR40D", "CHEST")
    assert (found.contrast, found.acquired, found.description) == (False, "20200102101500.5", "thorax venous")
    assert (found.frame_of_reference_uid, found.patient) == (FRAME, ("SECRET-ID", ""))
    assert "SECRET" not in repr(found)


def test_an_answer_about_a_series_says_less_and_nothing_is_made_up():
    answer = {
        "00080060": {"vr": "CS", "Value": ["CT"]},
        "00201209": {"vr": "IS", "Value": [320]},
        "0008103E": {"vr": "LO"},
    }
    found = summary_of("a", answer)
    assert (found.modality, found.slices, found.description) == ("CT", 320, "")
    assert (found.contrast, found.plane, found.thickness_mm) == (None, None, None)


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        ([1, 0, 0, 0, 1, 0], "axial"),
        ([1, 0, 0, 0, 0.9, 0.436], "axial"),
        ([1, 0, 0, 0, 0, -1], "coronal"),
        ([0, 1, 0, 0, 0, -1], "sagittal"),
        ([1, 0, 0, 0, 0.707, 0.707], "oblique"),
        ([1, 0, 0], None),
        (["x", 0, 0, 0, 1, 0], None),
        ([None, 0, 0, 0, 1, 0], None),
    ],
)
def test_planes(orientation, plane):
    assert summary_of("a", {"00200037": {"vr": "DS", "Value": orientation}}).plane == plane


def test_slices_apart_count_as_thick_ones():
    header = {"00180050": {"vr": "DS", "Value": [1.0]}, "00180088": {"vr": "DS", "Value": [10.0]}}
    assert summary_of("a", header).thickness_mm == 10.0


def test_patients():
    assert same_patient(("1", ""), ("1", "B")) is True
    assert same_patient(("1", "A"), ("1", "B")) is False
    assert same_patient(("", ""), ("", "")) is None
