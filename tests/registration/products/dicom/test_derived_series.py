"""The warped scan as a series: other readers find the fixed geometry, the warped values and where they are from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread
from pydicom.uid import MRImageStorage

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.catalogue import PRODUCTS
from registration.products.dicom.derived_series import contributing, derived_series, write_derived_series
from registration.products.dicom.identity import stamp_of
from registration.products.dicom.modules import header_of, saved
from registration.products.dicom.storing import storage_of
from registration.products.outcome import Outcome, outcome_of
from registration.provenance import DicomSource, SourceInstance
from registration.reading import read_scan
from registration.volume import Volume
from tests.builders.grids import odd_grids, turned
from tests.builders.sourced import ORIGIN, SIZE, SPACING, sourced_result
from tests.builders.validators import dciodvfy, needs_dciodvfy

CYRILLIC = {
    "00080005": {"vr": "CS", "Value": ["ISO_IR 144"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Иванов"}]},
}
GRIDS = odd_grids(Grid(SIZE, SPACING, ORIGIN))


def read_by_itk(folder: Path) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


@pytest.mark.parametrize("name", GRIDS)
def test_itk_finds_the_fixed_geometry_and_the_warped_values(tmp_path, name):
    outcome = outcome_of(sourced_result(tmp_path, grid=GRIDS[name]))
    (tmp_path / "series").mkdir()
    write_derived_series(outcome, stamp_of(outcome), tmp_path / "series")
    series, fixed = read_by_itk(tmp_path / "series"), read_by_itk(tmp_path / "fixed")
    for get in (sitk.Image.GetSize, sitk.Image.GetSpacing, sitk.Image.GetOrigin, sitk.Image.GetDirection):
        assert np.abs(np.subtract(get(series), get(fixed))).max() < 1e-8
    PRODUCTS["warped.nii.gz"](outcome, tmp_path / "warped.nii.gz")
    nifti = sitk.GetArrayFromImage(sitk.ReadImage(tmp_path / "warped.nii.gz"))
    assert (sitk.GetArrayFromImage(series) == nifti).all()


def mirrored(outcome: Outcome) -> Outcome:
    """The same place, its slices stored against their normal, as no DICOM series is but other formats are."""
    grid = turned(outcome.field.grid, (0.0, 0.0, 0.0), (1, 1, -1))
    field = DisplacementField(outcome.field.vectors_mm[::-1], grid)
    fixed = replace(outcome.stored.fixed, grid=grid)
    return Outcome(replace(outcome.stored, fixed=fixed, base=field), outcome.corrections, field)


def test_slices_of_a_left_handed_grid_come_in_the_order_of_their_normal(outcome):
    stamp = stamp_of(outcome)
    straight, turned_round = (list(derived_series(one, stamp)) for one in (outcome, mirrored(outcome)))
    for one, other in zip(straight, turned_round, strict=True):
        assert np.abs(np.subtract(one.ImagePositionPatient, other.ImagePositionPatient)).max() < 1e-6
        assert one.PixelData == other.PixelData
        assert one.InstanceNumber == other.InstanceNumber


def test_a_slice_names_the_moving_slices_that_it_shows(outcome):
    grid, moving = outcome.field.grid, outcome.stored.moving
    shift = moving.grid.index_to_mm((5, 5, 7.25)) - grid.index_to_mm((0, 0, 0))
    still = DisplacementField(np.broadcast_to(np.float32(shift), (*grid.shape, 3)), grid)
    shown = contributing(moving.source, moving.grid, still, 0)
    assert shown.instances == moving.source.instances[7:9]
    away = DisplacementField(still.vectors_mm + np.float32(1000), grid)
    assert contributing(moving.source, moving.grid, away, 0).instances == ()


def test_it_says_what_it_is_and_what_it_was_made_of(outcome, tmp_path):
    paths = write_derived_series(outcome, stamp_of(outcome), tmp_path)
    assert len(paths) == SIZE[2]
    one, fixed, moving = dcmread(paths[3]), outcome.stored.fixed.source, outcome.stored.moving.source
    assert (one.StudyInstanceUID, one.FrameOfReferenceUID) == (fixed.study_uid, fixed.frame_of_reference_uid)
    assert list(one.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert (one.BurnedInAnnotation, one.InstanceNumber, one.PatientPosition) == ("NO", 4, "HFS")
    assert "research use only" in one.SeriesDescription
    assert "Research use only" in one.ImageComments
    named = {item.ReferencedSOPInstanceUID for item in one.SourceImageSequence}
    assert named < {instance.instance_uid for instance in moving.instances}
    assert (one.WindowCenter, one.WindowWidth) == (40, 400)
    assert "SECRET" in str(one.PatientName)


def test_our_own_reader_takes_it_as_a_scan(outcome, tmp_path):
    write_derived_series(outcome, stamp_of(outcome), tmp_path)
    volume = read_scan(tmp_path).volume
    assert volume.grid.same_place(outcome.field.grid, tolerance_mm=1e-6)
    assert np.abs(volume.values - outcome.warped.values).max() <= 0.5


def test_a_moving_mr_scan_gives_an_mr_series(outcome, tmp_path):
    source = outcome.stored.moving.source
    header = source.header | {
        "00180020": {"vr": "CS", "Value": ["GR"]},
        "00180080": {"vr": "DS", "Value": [4.5]},
        "00281050": {"vr": "DS"},
        "00281051": {"vr": "DS"},
    }
    instances = tuple(replace(one, class_uid=MRImageStorage) for one in source.instances)
    moving = replace(outcome.stored.moving, source=replace(source, header=header, instances=instances))
    of_mr = Outcome(replace(outcome.stored, moving=moving), outcome.corrections, outcome.field)
    one = dcmread(write_derived_series(of_mr, stamp_of(of_mr), tmp_path)[0])
    assert (one.SOPClassUID, one.Modality, one.ScanningSequence, one.RepetitionTime) == (
        MRImageStorage,
        "MR",
        "GR",
        4.5,
    )
    assert "WindowCenter" not in one
    assert "RescaleSlope" not in one
    assert (one.pixel_array == np.rint(of_mr.warped.values[0])).all()


def test_fractions_of_an_mr_scan_survive_in_sixteen_bits(outcome, tmp_path):
    moving, source = outcome.stored.moving, outcome.stored.moving.source
    instances = tuple(replace(one, class_uid=str(MRImageStorage)) for one in source.instances)
    moving = Volume(np.float32(np.asarray(moving.values) / 3000), moving.grid, replace(source, instances=instances))
    of_mr = Outcome(replace(outcome.stored, moving=moving), outcome.corrections, outcome.field)
    write_derived_series(of_mr, stamp_of(of_mr), tmp_path)
    found = sitk.GetArrayFromImage(read_by_itk(tmp_path))
    assert np.abs(found - of_mr.warped.values).max() < 1e-5


def test_what_stays_true_of_the_moving_scan_is_kept(outcome, tmp_path):
    source = outcome.stored.moving.source
    header = header_of(source)
    header.WindowCenter, header.WindowWidth, header.KVP = [40, -600], [400, 1500], 120
    header.LossyImageCompression, header.ContrastBolusAgent, header.ConvolutionKernel = "01", "Jód 350", "B30f"
    moving = replace(outcome.stored.moving, source=replace(source, header=header.to_json_dict()))
    fixed = replace(outcome.stored.fixed, source=DicomSource(outcome.stored.fixed.source.header | CYRILLIC, ()))
    kept = Outcome(replace(outcome.stored, fixed=fixed, moving=moving), outcome.corrections, outcome.field)
    one = next(derived_series(kept, stamp_of(outcome)))
    assert (list(one.WindowCenter), list(one.WindowWidth), one.KVP) == ([40, -600], [400, 1500], 120)
    assert (one.LossyImageCompression, one.ContrastBolusAgent) == ("01", "Jód 350")
    assert dcmread(saved(one, tmp_path)).ContrastBolusAgent == "Jód 350"
    assert "ConvolutionKernel" not in one  # resampling has its own sharpness


def test_frames_of_one_instance_are_named_once(outcome):
    source = outcome.stored.moving.source
    frames = tuple(SourceInstance(one.class_uid, "2.25.77", k + 1) for k, one in enumerate(source.instances))
    moving = replace(outcome.stored.moving, source=replace(source, instances=frames))
    one = next(
        derived_series(
            Outcome(replace(outcome.stored, moving=moving), outcome.corrections, outcome.field), stamp_of(outcome)
        )
    )
    assert [item.ReferencedSOPInstanceUID for item in one.SourceImageSequence] == ["2.25.77"]


@pytest.mark.parametrize(
    ("low", "high", "whole", "error"),
    [(-1024, 3071, True, 0.5), (0, 40, True, 0.5), (0, 1, False, 2e-5), (0, 90_000, False, 1), (-70_000, 9, True, 1)],
)
def test_sixteen_bits_hold_every_range(low, high, whole, error):
    values = np.linspace(low, high, 999, dtype=np.float32)
    storage = storage_of(values, whole=whole)
    back = storage.stored(values) * storage.slope + storage.intercept
    assert np.abs(back - values).max() <= error


@needs_dciodvfy
@pytest.mark.parametrize("sequence", [["GR"], ["SE", "IR"], []])
def test_dicom3tools_finds_nothing_in_an_mr_series(outcome, tmp_path, sequence):
    source = outcome.stored.moving.source
    header = source.header | {"00180020": {"vr": "CS", "Value": sequence}, "00180082": {"vr": "DS", "Value": [150]}}
    instances = tuple(replace(one, class_uid=str(MRImageStorage)) for one in source.instances)
    moving = replace(outcome.stored.moving, source=replace(source, header=header, instances=instances))
    one = Outcome(replace(outcome.stored, moving=moving), outcome.corrections, outcome.field)
    paths = write_derived_series(one, stamp_of(one), tmp_path)
    assert [dciodvfy(path) for path in (paths[0], paths[-1])] == [[], []]
    assert ("InversionTime" in dcmread(paths[0])) == ("IR" in sequence)
