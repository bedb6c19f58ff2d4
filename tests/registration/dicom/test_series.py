"""A DICOM series is read complete, in patient order and in HU, or refused with the code that says why."""

import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000Lossless,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from registration.dicom import hounsfield, read_series
from registration.dicom.decoding import stored_values
from registration.errors import ScanError
from registration.geometry import Grid
from tests.builders.dicom import FRAME, GRID, ct_series, enhanced_ct, intensities, save
from tests.builders.grids import odd_grids
from tests.builders.jpeg_lossless import compress as compress_jpeg_lossless


def read(datasets: list[Dataset], folder: Path):
    return read_series(sorted(save(datasets, folder).iterdir()), largest_voxels=10**6)


def refused(datasets: list[Dataset], folder: Path) -> ScanError:
    with pytest.raises(ScanError) as caught:
        hounsfield(read(datasets, folder).stack)
    assert "SECRET" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("name", odd_grids(GRID))
def test_every_voxel_keeps_its_place_and_value(tmp_path, name):
    grid = odd_grids(GRID)[name]
    stack = read(ct_series(grid), tmp_path).stack
    values = hounsfield(stack)
    voxels = np.argwhere(np.ones(grid.shape))[:, ::-1]
    index = np.rint(stack.grid.mm_to_index(grid.index_to_mm(voxels))).astype(int)
    assert np.abs(stack.grid.index_to_mm(index) - grid.index_to_mm(voxels)).max() < 1e-3
    assert np.array_equal(values[index[:, 2], index[:, 1], index[:, 0]], intensities(grid).ravel())


def test_positions_decide_the_order_and_not_numbers_or_names(tmp_path):
    shuffled = np.random.default_rng(1).permutation(ct_series()).tolist()
    for number, one in enumerate(shuffled):
        one.InstanceNumber = number
    stack = read(shuffled, tmp_path).stack
    assert stack.grid.same_place(GRID)
    assert np.array_equal(hounsfield(stack), intensities())


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
@pytest.mark.parametrize("signed", [True, False])
def test_compressed_pixels(tmp_path, syntax, signed):
    datasets = ct_series(signed=signed)
    for one in datasets:
        one.compress(syntax, generate_instance_uid=False)
    assert np.array_equal(hounsfield(read(datasets, tmp_path).stack), intensities())


def test_enhanced_multiframe_with_frames_in_any_order(tmp_path):
    series = read([enhanced_ct(order=[4, 0, 8, 1, 7, 2, 6, 3, 5])], tmp_path)
    assert series.stack.grid.same_place(GRID)
    assert np.array_equal(hounsfield(series.stack), intensities())
    assert series.first.frame_of_reference_uid == FRAME


def test_what_is_no_slice_is_left_out_and_listed(tmp_path):
    localiser, capture, small = ct_series(seed=1)[0], ct_series(seed=2)[0], ct_series(seed=3)[0]
    localiser.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    localiser.SeriesInstanceUID = generate_uid()
    capture.SOPClassUID = SecondaryCaptureImageStorage
    small.Rows, small.PixelData = 2, small.PixelData[: 2 * 2 * 40]
    small.SOPInstanceUID = generate_uid(entropy_srcs=["small"])
    series = read([*ct_series(), localiser, capture, small], tmp_path)
    assert np.array_equal(hounsfield(series.stack), intensities())
    reasons = {d.name: d.reason for d in series.dropped}
    assert reasons["0009.dcm"] == "localiser"
    assert "Secondary Capture" in reasons["0010.dcm"]
    assert "40 x 2 pixels" in reasons[small.SOPInstanceUID]


def test_missing_slices_are_refused_with_their_neighbours(tmp_path):
    datasets = ct_series()
    error = refused(datasets[:3] + datasets[5:], tmp_path)
    assert error.code == "series-missing-slices"
    gap = error.details["gaps"][0]
    assert gap["missing"] == 2
    assert gap["between_mm"] == [-396.0, -388.5]
    assert gap["between_instances"] == [datasets[2].SOPInstanceUID, datasets[5].SOPInstanceUID]
    assert datasets[2].SOPInstanceUID in error.message


def test_rounded_positions_are_equal_spacing(tmp_path):
    datasets = ct_series(Grid((12, 10, 9), (0.8, 0.7, 2.5 / 3), (0.0, 0.0, 0.0)))
    for one in datasets:
        one.ImagePositionPatient = [round(float(v), 2) for v in one.ImagePositionPatient]
    assert read(datasets, tmp_path).stack.grid.spacing_mm[2] == pytest.approx(2.5 / 3, abs=1e-3)


def test_nearly_orthonormal_directions_are_made_orthonormal(tmp_path):
    datasets = ct_series()
    for one in datasets:
        one.ImageOrientationPatient = [0.99999, 0.0003, 0, 0, 1.00002, 0]
    stack = read(datasets, tmp_path).stack
    assert 0 < stack.axes_deviation < 1e-3
    assert np.abs(stack.grid.axes.T @ stack.grid.axes - np.eye(3)).max() < 1e-12


def test_truncated_headers_are_refused(tmp_path):
    save(ct_series(), tmp_path)
    for cut in (200, 400, 700):
        victim = tmp_path / "0004.dcm"
        victim.write_bytes(victim.read_bytes()[:cut])
        assert refused([], tmp_path).code in ("scan-truncated", "scan-unreadable", "series-geometry-missing")


def test_truncated_compressed_pixels_are_refused(tmp_path):
    datasets = ct_series()
    for one in datasets:
        one.compress(RLELossless, generate_instance_uid=False)
    save(datasets, tmp_path)
    victim = tmp_path / "0004.dcm"
    victim.write_bytes(victim.read_bytes()[:-60])
    assert refused([], tmp_path).code == "scan-truncated"


def test_only_other_objects_are_no_volume(tmp_path):
    capture = ct_series()[0]
    capture.SOPClassUID = SecondaryCaptureImageStorage
    assert refused([capture], tmp_path).code == "scan-not-a-volume"


@pytest.mark.parametrize("signed", [True, False])
def test_jpeg_lossless_pixels(tmp_path, signed):
    datasets = ct_series(signed=signed)
    for one in datasets:
        compress_jpeg_lossless(one)
    assert np.array_equal(hounsfield(read(datasets, tmp_path).stack), intensities())


def test_compressed_pixels_of_another_size_are_refused_before_they_are_decoded(tmp_path):
    for name, compress in (
        ("jpeg", compress_jpeg_lossless),
        ("j2k", lambda one: one.compress(JPEG2000Lossless, generate_instance_uid=False)),
    ):
        datasets = ct_series()
        for one in datasets:
            compress(one)
            one.Columns = 41
        assert refused(datasets, tmp_path / name).code == "scan-unreadable"


def test_frames_that_share_a_place_are_decoded_once_for_all(tmp_path, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        "registration.dicom.duplicates.stored_values", lambda path: decoded.append(path) or stored_values(path)
    )
    one = enhanced_ct()
    for group in one.PerFrameFunctionalGroupsSequence:
        group.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
    assert refused([one], tmp_path).code == "series-duplicate-slices"
    assert len(decoded) == 1


def test_headers_beyond_the_limit_are_refused_before_pixels_are_read(tmp_path):
    save(ct_series(), tmp_path)
    with pytest.raises(ScanError) as caught:
        read_series(sorted(tmp_path.iterdir()), largest_voxels=1000)
    assert caught.value.code == "scan-unreadable"


@pytest.mark.parametrize("name", ["MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm"])
def test_other_peoples_compressed_files(name):
    """Files that come with pydicom: one MR slice in several syntaxes."""
    plain, other = (stored_values(Path(get_testdata_file(n, download=False))) for n in ("MR_small.dcm", name))
    assert np.array_equal(plain, other)


def test_other_peoples_truncated_file():
    with pytest.raises(ScanError) as caught:
        stored_values(Path(get_testdata_file("MR_truncated.dcm", download=False)))
    assert caught.value.code == "scan-truncated"


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_random_damage_of_compressed_pixels_never_escapes_as_another_error(tmp_path, syntax):
    one = ct_series()[0]
    one.compress(syntax, generate_instance_uid=False)
    whole = (save([one], tmp_path) / "0000.dcm").read_bytes()
    rng, refusals = np.random.default_rng(0), 0
    for _ in range(80):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole) // 3, len(whole), 6):
            damaged[place] = rng.integers(256)
        (tmp_path / "0000.dcm").write_bytes(damaged)
        try:
            stored_values(tmp_path / "0000.dcm")
        except ScanError:
            refusals += 1
    assert refusals > 1


def test_thousands_of_frames_that_all_differ_are_refused_at_once(tmp_path):
    slices = enhanced_ct().PerFrameFunctionalGroupsSequence
    one = enhanced_ct()
    one.NumberOfFrames, one.PerFrameFunctionalGroupsSequence = 2000, [deepcopy(slices[k % 9]) for k in range(2000)]
    for k, group in enumerate(one.PerFrameFunctionalGroupsSequence):
        group.PixelMeasuresSequence = deepcopy(one.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence)
        group.PixelMeasuresSequence[0].PixelSpacing = [1 + k / 100, 1]
    folder = save([one], tmp_path)
    start = time.process_time()
    with pytest.raises(ScanError) as caught:
        read_series(list(folder.iterdir()), largest_voxels=10**9)
    assert caught.value.code == "series-mixed"
    assert time.process_time() - start < 5
