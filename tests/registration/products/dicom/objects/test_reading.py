"""Readers of others find the numbers of a result where they lie in the patient, on every odd grid."""

import re
import shutil
import subprocess

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from registration.products.report import report_of
from registration.reading import read_correspondences
from tests.builders.frames_by_hand import frames_of, numbers_of, planes, voxels

MAPS = {
    "error": (lambda o: o.stored.error_mm, "mm"),
    "confidence": (lambda o: o.stored.confidence, "1"),
    "jacobian": (lambda o: o.jacobian, "1"),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_holds_every_voxel_in_its_place_and_unit(objects, name):
    values, unit = MAPS[name]
    one, grid = pydicom.dcmread(objects.files[name][0]), objects.outcome.field.grid
    found = np.full(grid.shape, np.nan, np.float32)
    for frame in frames_of(one):
        found[voxels(grid, frame.points)] = frame.values
    assert np.array_equal(found, values(objects.outcome))
    (mapping,) = one.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == unit
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    extent = mapping.DoubleFloatRealWorldValueFirstValueMapped, mapping.DoubleFloatRealWorldValueLastValueMapped
    assert extent == (found.min(), found.max())


def test_a_segmentation_holds_every_label_in_its_place(objects):
    one, grid = pydicom.dcmread(objects.files["segmentation"][0]), objects.outcome.field.grid
    found = np.zeros(grid.shape, np.float32)
    for frame in frames_of(one):
        found[voxels(grid, frame.points)] += frame.values * {1: 2, 2: 7}[frame.segment]
    assert np.array_equal(found, objects.labels.values)
    assert [item.SegmentLabel for item in one.SegmentSequence] == ["Label 2", "Leber, linker Lappen: größer"]


@pytest.mark.parametrize("name", [*MAPS, "segmentation"])
def test_every_frame_names_the_fixed_slice_where_it_lies(objects, name):
    one, fixed = pydicom.dcmread(objects.files[name][0]), objects.fixed_headers
    for frame in frames_of(one):
        slice = fixed[frame.source.ReferencedSOPInstanceUID]
        assert frame.source.ReferencedSOPClassUID == slice.SOPClassUID
        assert frame.source.SpatialLocationsPreserved == "YES"
        assert np.abs(frame.points[0, 0] - np.array(slice.ImagePositionPatient, float)).max() < 1e-6
    (series,) = one.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == slice.SeriesInstanceUID
    assert {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence} == set(fixed)
    assert (one.FrameOfReferenceUID, one.StudyInstanceUID) == (slice.FrameOfReferenceUID, slice.StudyInstanceUID)


@pytest.mark.parametrize("name", [*MAPS, "segmentation"])
def test_highdicom_rebuilds_the_volume(objects, name):
    grid, file = objects.outcome.field.grid, objects.files[name][0]
    if name == "segmentation":
        volume = hd.seg.segread(file).get_volume(combine_segments=True)
        expected = np.searchsorted([0, 2, 7], objects.labels.values)
    else:
        volume, expected = hd.pm.ParametricMap.from_file(file).get_volume(), MAPS[name][0](objects.outcome)
    corners = np.array(np.meshgrid(*((0, n - 1) for n in volume.spatial_shape))).reshape(3, -1)
    there = voxels(grid, (volume.affine[:3, :3] @ corners).T + volume.affine[:3, 3])
    assert np.array_equal(volume.array[tuple(corners)], expected[there])


def test_itk_reads_the_bits_of_a_segmentation(objects):
    file = objects.files["segmentation"][0]
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(file))) > 0, planes(pydicom.dcmread(file)) > 0)


def test_itk_reads_the_warped_scan_on_the_fixed_grid(objects):
    image = sitk.ReadImage([str(file) for file in objects.files["warped"]])
    z, y, x = np.indices(image.GetSize()[::-1])
    direction = np.array(image.GetDirection()).reshape(3, 3)
    points = image.GetOrigin() + (np.stack([x, y, z], -1) * image.GetSpacing()) @ direction.T
    there = voxels(objects.outcome.field.grid, points)
    assert np.abs(sitk.GetArrayFromImage(image) - objects.outcome.warped.values[there]).max() <= 0.5


def test_the_report_holds_the_figures(objects):
    one = pydicom.dcmread(objects.files["report"][0])
    found = {(concept, derivation): value for concept, derivation, value in numbers_of(one)}
    report = report_of(objects.outcome)
    for concept, key in (("expected-error", "expected_error_mm"), ("error-bound-90", "bound_mm")):
        for derivation, figure in (("Median", "median"), ("90th Percentile Value of population", "p90")):
            assert found[concept, derivation] == report[key][figure]
    assert found["jacobian", "Minimum"] == report["jacobian"]["jacobian_min"]
    assert found["folded-voxels", None] == report["jacobian"]["folds"]
    assert found["correlation-post", None] == report["likeness"]["correlation_after"]
    assert (found["matches", None], found["correspondences", None]) == (report["keypoints"], 3)
    residuals = [value for concept, _, value in numbers_of(one) if concept == "residual-before"]
    assert residuals == [row["before_mm"] for row in report["corrections"]]
    places = [item for item in one.iterall() if item.keyword == "GraphicData"]
    given = np.repeat([c.fixed_mm for c in objects.outcome.corrections.correspondences], 2, axis=0)  # before and after
    assert np.allclose([item.value for item in places], given, atol=1e-3)


def test_the_report_names_both_series_and_the_model(objects):
    one, stored = pydicom.dcmread(objects.files["report"][0]), objects.outcome.stored
    text = one.to_json()
    for source in (stored.fixed.source, stored.moving.source):
        assert source.series_uid in text
    assert f"weights={stored.model.weights_sha256}" in text
    evidence = [*one.CurrentRequestedProcedureEvidenceSequence, *one.PertinentOtherEvidenceSequence]
    assert [study.StudyInstanceUID for study in evidence] == [
        stored.fixed.source.study_uid,
        stored.moving.source.study_uid,
    ]
    named = [len(study.ReferencedSeriesSequence[0].ReferencedSOPSequence) for study in evidence]
    assert named == [len(stored.fixed.source.instances), len(stored.moving.source.instances)]


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="dsrdump (dcmtk) is not installed")
def test_dcmtk_reads_the_same_numbers(objects):
    file = objects.files["report"][0]
    said = subprocess.run(["dsrdump", str(file)], capture_output=True, check=True).stdout.decode()
    found = [float(value) for value in re.findall(r'contains NUM:.*?="([^"]*)"', said)]
    expected = [value for _, _, value in numbers_of(pydicom.dcmread(file))]
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)
    assert "Research use only" in said


def test_correspondences_come_back_in_the_frames_of_their_scans(objects):
    (file,), given = objects.files["correspondences"], objects.outcome.corrections
    ids, fixed, moving = read_correspondences(file)
    assert tuple(ids) == given.ids
    assert np.abs(fixed - [c.fixed_mm for c in given.correspondences]).max() < 1e-9
    assert np.abs(moving - [c.moving_mm for c in given.correspondences]).max() < 1e-9
    sets, stored = pydicom.dcmread(file).FiducialSetSequence, objects.outcome.stored
    for one, scan in zip(sets, (stored.fixed, stored.moving), strict=True):
        assert one.FrameOfReferenceUID == scan.source.frame_of_reference_uid
        assert one.ReferencedImageSequence[0].ReferencedSOPInstanceUID == scan.source.instances[0].instance_uid
