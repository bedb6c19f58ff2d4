"""What all objects share: whose they are, their UIDs and dates, and that no patient shows outside of them."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import SecondaryCaptureImageStorage

from registration.archive import load_result
from registration.errors import MethodError
from registration.products.dicom.identity import Stamp, frame_of_reference, stamp_of
from registration.products.dicom.modules import Kind, new_object, patient_and_study, saved
from registration.products.dicom.objects import OBJECTS, write_objects
from registration.products.outcome import Outcome, outcome_of
from registration.products.report import report_of
from registration.provenance import DicomSource
from registration.refinement.corrections import Correspondence

MOMENT = datetime(2024, 5, 6, 23, 8, 9, 250_000, tzinfo=UTC)
STAMP = Stamp("result", "revision", MOMENT)
KIND = Kind("odd", SecondaryCaptureImageStorage, "OT", "odd object", 9999)


def source(**attributes) -> DicomSource:
    header = Dataset()
    header.SeriesInstanceUID = "2.25.5"
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    return DicomSource(header.to_json_dict(), ())


def test_a_revision_names_its_objects_once_and_another_differently():
    uids = {
        STAMP.series_uid("a"),
        STAMP.series_uid("b"),
        STAMP.instance_uid("a", 0),
        STAMP.instance_uid("a", 1),
        replace(STAMP, revision="next").instance_uid("a", 0),
        replace(STAMP, result="other").instance_uid("a", 0),
    }
    assert len(uids) == 6
    assert all(uid.is_valid and len(uid) <= 64 for uid in uids)
    assert Stamp("result", "revision", datetime.now(UTC)).instance_uid("a", 1) == STAMP.instance_uid("a", 1)


def test_a_result_folder_keeps_its_identity_and_corrections_make_a_revision(outcome):
    again = outcome_of(load_result(outcome.stored.folder))
    assert stamp_of(again) == stamp_of(outcome)
    point = outcome.field.grid.index_to_mm((5, 5, 5))
    click = Correspondence("c", tuple(point.tolist()), tuple((outcome.field.map_points([point])[0] + 1).tolist()))
    corrected = outcome_of(outcome.stored, outcome.corrections.edited(set=(click,)))
    assert stamp_of(corrected).result == stamp_of(outcome).result
    assert stamp_of(corrected).revision != stamp_of(outcome).revision


def test_all_objects_belong_to_the_fixed_scans_patient_and_study(outcome, tmp_path):
    for name, paths in write_objects(outcome, tmp_path, list(OBJECTS), stamp_of(outcome)).items():
        for path in paths:
            one = dcmread(path, stop_before_pixels=True)
            assert (one.PatientName, one.PatientID) == ("SECRET^Jürgen", "SECRET-ID"), name
            assert (one.StudyInstanceUID, one.StudyID) == (outcome.stored.fixed.source.study_uid, "S1")
            assert (one.Manufacturer, one.SoftwareVersions) == ("kernelreg", one.SoftwareVersions)
            assert path == tmp_path / name / f"{one.SOPInstanceUID}.dcm"


def test_dates_are_on_the_clock_of_the_study(outcome):
    header = outcome.stored.fixed.source.header | {"00080201": {"vr": "SH", "Value": ["+0900"]}}
    fixed = replace(outcome.stored.fixed, source=replace(outcome.stored.fixed.source, header=header))
    one = new_object(Outcome(replace(outcome.stored, fixed=fixed), outcome.corrections, outcome.field), STAMP, KIND)
    assert (one.ContentDate, one.ContentTime, one.TimezoneOffsetFromUTC) == ("20240507", "080809.250000", "+0900")


@pytest.mark.parametrize(
    ("declared", "name", "written"),
    [
        ("ISO_IR 100", "Müller^Jürgen", "ISO_IR 100"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎", ["", "ISO 2022 IR 87"]),
        ("ISO_IR 100", "Иванов", "ISO_IR 192"),  # what was declared cannot hold it
        ("no such set", "Müller", "ISO_IR 192"),
        (["ISO_IR 100", "ISO_IR 192"], "Müller", "ISO_IR 192"),  # these two do not go together
        (None, "Müller", "ISO_IR 192"),
        (None, "Miller", None),
    ],
)
def test_the_character_set_is_kept_where_it_holds_the_text(tmp_path, declared, name, written):
    given = {"PatientName": name} | ({"SpecificCharacterSet": declared} if declared else {})
    one = patient_and_study(source(**given))
    assert one.get("SpecificCharacterSet") == written
    one.SOPClassUID, one.SOPInstanceUID, one.file_meta = SecondaryCaptureImageStorage, "2.25.1", Dataset()
    one.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    assert dcmread(saved(one, tmp_path)).PatientName == name


def test_what_a_header_lacks_is_empty_or_follows_from_the_series():
    one = patient_and_study(source())
    assert one.PatientName == one.PatientID == one.StudyDate == one.AccessionNumber == ""
    assert one.StudyInstanceUID == patient_and_study(source()).StudyInstanceUID != ""
    assert frame_of_reference(source()) == frame_of_reference(source()) != one.StudyInstanceUID
    assert frame_of_reference(source(FrameOfReferenceUID="2.25.9")) == "2.25.9"


def test_a_scan_that_is_no_dicom_is_named(outcome, tmp_path):
    stored = replace(outcome.stored, moving=replace(outcome.stored.moving, source=None))
    plain = Outcome(stored, outcome.corrections, outcome.field)
    with pytest.raises(MethodError, match="the moving scan did not come as DICOM") as caught:
        write_objects(plain, tmp_path, ["registration"], STAMP)
    assert caught.value.code == "no-dicom-source"


def test_unknown_objects_are_refused_before_anything_is_written(outcome, tmp_path):
    with pytest.raises(MethodError, match="hologram"):
        write_objects(outcome, tmp_path, ["registration", "hologram"], STAMP)
    assert not list(tmp_path.iterdir())


def test_no_patient_shows_in_reports_reprs_and_logs(outcome, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    write_objects(outcome, tmp_path, list(OBJECTS), stamp_of(outcome))
    manifest = (outcome.stored.folder / "state" / "manifest.json").read_text()
    assert "SECRET" not in json.dumps(report_of(outcome)) + repr(outcome) + caplog.text + manifest
