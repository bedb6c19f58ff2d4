"""A written phantom is read back by the same doors that hospitals use."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from registration.phantom import write_phantom
from registration.reading import read_correspondences, read_mask, read_scan


@pytest.fixture(scope="module")
def folder(abdomen, tmp_path_factory):
    path = tmp_path_factory.mktemp("phantom")
    write_phantom(abdomen, path)
    return path


@pytest.mark.parametrize("name", ["fixed", "moving"])
def test_series_come_back_within_half_a_unit(abdomen, folder, name):
    scan, volume = read_scan(folder / name), getattr(abdomen, name)
    assert scan.volume.grid.same_place(volume.grid)
    assert np.abs(scan.volume.values - volume.values).max() <= 0.5
    assert scan.report.modality == "CT"
    assert scan.report.dropped == ()


def test_both_series_belong_to_one_study_with_two_frames_of_reference(folder):
    fixed, moving = (read_scan(folder / name).report for name in ("fixed", "moving"))
    assert fixed.study_instance_uid == moving.study_instance_uid
    assert fixed.series_instance_uid != moving.series_instance_uid
    assert fixed.frame_of_reference_uid != moving.frame_of_reference_uid


def test_instances_say_that_they_are_for_research(folder):
    one = pydicom.dcmread(folder / "fixed" / "0001.dcm")
    assert one.PatientName == "PHANTOM^ABDOMEN"
    assert "Research use only" in one.ImageComments
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    assert len({pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID for p in folder.rglob("*.dcm")}) == 120


def test_other_readers_see_the_same_volume(abdomen, folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "moving")))
    image = reader.Execute()
    assert image.GetOrigin() == pytest.approx(abdomen.moving.grid.origin_mm)
    assert np.abs(sitk.GetArrayFromImage(image) - abdomen.moving.values).max() <= 0.5


def test_landmarks_and_masks_come_back(abdomen, folder):
    _, fixed, moving = read_correspondences(folder / "landmarks.csv")
    assert np.abs(fixed - abdomen.landmarks_fixed).max() < 1e-5
    assert np.abs(moving - abdomen.landmarks_moving).max() < 1e-5
    zone = read_mask(folder / "moving_ablation_zone.nii.gz", abdomen.moving.grid)
    assert np.array_equal(zone.values, abdomen.moving_masks["ablation_zone"].values)


def test_the_written_field_is_what_itk_calls_a_displacement_field(abdomen, folder):
    image = sitk.ReadImage(str(folder / "displacement_field.mha"), sitk.sitkVectorFloat64)
    transform = sitk.DisplacementFieldTransform(image)
    mapped = np.array([transform.TransformPoint(p.tolist()) for p in abdomen.landmarks_fixed])
    assert np.median(np.abs(mapped - abdomen.landmarks_moving)) < 0.05
