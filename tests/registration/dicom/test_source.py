"""What a scan remembers of its DICOM series: enough for derived objects, nothing that a log could show."""

import pydicom
from pydicom.dataset import Dataset

from registration.provenance import source_from_json
from registration.reading import read_scan
from tests.builders.dicom import FRAME, SERIES, STUDY, ct_series, enhanced_ct, save


def source_of(datasets, folder):
    source = read_scan(save(datasets, folder)).volume.source
    assert source is not None
    return source


def test_patient_study_and_frame_of_reference_are_remembered(tmp_path):
    source = source_of(ct_series(), tmp_path)
    assert (source.study_uid, source.series_uid, source.frame_of_reference_uid) == (STUDY, SERIES, FRAME)
    assert source.patient == ("SECRET-ID", "")
    assert Dataset.from_json(source.header).PatientName == "SECRET^NAME"
    assert "SECRET" not in repr(source)


def test_every_slice_names_its_instance_in_the_order_of_the_volume(tmp_path):
    datasets = ct_series()
    source = source_of(datasets[::-1], tmp_path)
    assert [one.instance_uid for one in source.instances] == [one.SOPInstanceUID for one in datasets]
    assert {one.frame for one in source.instances} == {None}


def test_slices_of_a_multi_frame_image_name_their_frame(tmp_path):
    order = [3, 0, 8, 1, 2, 7, 5, 6, 4]
    source = source_of([enhanced_ct(order=order)], tmp_path)
    assert [one.frame for one in source.instances] == [order.index(k) + 1 for k in range(9)]


def test_pixels_private_and_bulky_attributes_stay_behind(tmp_path):
    datasets = ct_series()
    for one in datasets:
        one.ImageComments = "x" * 10_000
        one.add(pydicom.DataElement(0x00091001, "LO", "private"))
    header = source_of(datasets, tmp_path).header
    assert not {"7FE00010", "00204000", "00091001"} & header.keys()


def test_it_comes_back_from_json_as_it_was(tmp_path):
    source = source_of(ct_series(), tmp_path)
    assert source_from_json(source.to_json()) == source


def test_a_damaged_attribute_is_left_out(tmp_path):
    datasets = ct_series()
    for one in datasets:
        one.PatientWeight = "70.25"
    for file in save(datasets, tmp_path).iterdir():
        file.write_bytes(file.read_bytes().replace(b"70.25", b"heavy"))
    source = read_scan(tmp_path).volume.source
    assert source is not None
    assert "00101030" not in source.header
