"""A scan is read from whatever holds it, told by content; everything that is no single volume has its own code."""

import gzip
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading import ReadingLimits, read_scan
from tests.builders.dicom import FRAME, GRID, SERIES, STUDY, ct_series, enhanced_ct, intensities, save
from tests.builders.grids import odd_grids, turned
from tests.builders.images import write_image

ODD = turned(GRID, (12.0, -20.0, 35.0), (1, -1, 1))


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert not list(temporary.iterdir())


def refused(path: Path, **limits) -> ScanError:
    with pytest.raises(ScanError) as caught:
        read_scan(path, limits=ReadingLimits(**limits))
    assert str(path.parent) not in caught.value.message
    assert "SECRET" not in caught.value.message
    return caught.value


def check(scan, grid: Grid = ODD):
    assert scan.volume.grid.same_place(grid)
    assert scan.volume.values.dtype == np.float32
    assert np.abs(scan.volume.values - intensities(grid)).max() < 1e-3


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder))
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd", ".mhd", ".nhdr"])
@pytest.mark.parametrize("name", odd_grids(GRID))
def test_every_format_on_every_grid(tmp_path, suffix, name):
    grid = odd_grids(GRID)[name]
    scan = read_scan(write_image(intensities(grid).astype(np.int16), grid, tmp_path / f"scan{suffix}"))
    check(scan, grid)
    assert scan.report.kind == {".mhd": "mha", ".nhdr": "nrrd"}.get(
        suffix, suffix.split(".")[1].replace("nii", "nifti")
    )
    assert scan.report.modality is None


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd"])
def test_names_are_not_trusted(tmp_path, suffix):
    path = write_image(intensities(ODD), ODD, tmp_path / f"scan{suffix}")
    check(read_scan(path.rename(tmp_path / "upload.dcm")))


def test_nested_folder_of_dicom_without_suffix_among_other_files(tmp_path):
    datasets = ct_series()
    save(datasets[:4], tmp_path / "a", suffix="")
    save(datasets[4:], tmp_path / "b" / "c", suffix="")
    (tmp_path / "notes.txt").write_text("hello")
    scan = read_scan(tmp_path)
    check(scan, GRID)
    assert [d.name for d in scan.report.dropped] == ["notes.txt"]


def test_the_report_of_a_series_is_json_without_patient_data(tmp_path):
    report = read_scan(save(ct_series(), tmp_path / "s")).report.as_dict()
    text = json.dumps(report)
    assert "SECRET" not in text
    assert json.loads(text) == report
    assert report["kind"] == "dicom"
    assert report["modality"] == "CT"
    assert report["size"] == [40, 36, 9]
    assert report["spacing_mm"] == pytest.approx([0.8, 0.7, 2.5])
    assert (report["series_instance_uid"], report["study_instance_uid"]) == (SERIES, STUDY)
    assert report["frame_of_reference_uid"] == FRAME
    assert report["instances_used"] == 9
    assert report["slice_gaps"]["largest_mm"] == pytest.approx(2.5)
    assert report["tilt_degrees"] == pytest.approx(0)
    assert report["value_range"] == [float(intensities().min()), float(intensities().max())]


def test_one_enhanced_multiframe_file(tmp_path):
    check(read_scan(save([enhanced_ct()], tmp_path / "s") / "0000.dcm"), GRID)


def test_zip_of_dicom_in_folders(tmp_path):
    check(read_scan(zipped(save(ct_series(), tmp_path / "s" / "deep").parent, tmp_path / "upload")), GRID)


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha", ".nrrd", ".mhd"])
def test_zip_of_one_image(tmp_path, suffix):
    (tmp_path / "s").mkdir()
    write_image(intensities(ODD), ODD, tmp_path / "s" / f"scan{suffix}")
    check(read_scan(zipped(tmp_path / "s", tmp_path / "scan.zip")))


def test_folder_that_holds_one_image_or_one_zip(tmp_path):
    (tmp_path / "s").mkdir()
    write_image(intensities(ODD), ODD, tmp_path / "s" / "scan.mha")
    check(read_scan(tmp_path / "s"))
    (tmp_path / "z").mkdir()
    zipped(tmp_path / "s", tmp_path / "z" / "scan.zip")
    check(read_scan(tmp_path / "z"))


def test_nearly_orthonormal_nifti_is_read_with_a_note(tmp_path):
    affine = np.diag([-2.0, -2.0, 3.0, 1.0])
    affine[0, 1] = 5e-4
    nib.save(nib.Nifti1Image(np.zeros((9, 10, 11), np.float32), affine), tmp_path / "scan.nii")
    scan = read_scan(tmp_path / "scan.nii")
    assert "orthonormal" in scan.report.notes[0]
    assert np.abs(scan.volume.grid.axes.T @ scan.volume.grid.axes - np.eye(3)).max() < 1e-12


def test_nifti_in_metres_with_scaled_integers_and_a_trailing_axis(tmp_path):
    image = nib.Nifti1Image(np.arange(720, dtype=np.int16).reshape(8, 9, 10, 1), np.diag([-0.001, -0.002, 0.003, 1]))
    image.header.set_xyzt_units("meter")
    image.header.set_slope_inter(2.0, -1024.0)
    nib.save(image, tmp_path / "scan.nii")
    volume = read_scan(tmp_path / "scan.nii").volume
    assert volume.grid.spacing_mm == pytest.approx((1, 2, 3))
    assert volume.values[9, 8, 7] == pytest.approx(719 * 2 - 1024)


def test_a_unit_that_nifti_does_not_know_is_taken_for_millimetres(tmp_path):
    image = nib.Nifti1Image(np.zeros((9, 10, 11), np.float32), np.diag([-1.0, -2.0, 3.0, 1.0]))
    image.header["xyzt_units"] = 7
    nib.save(image, tmp_path / "scan.nii")
    assert read_scan(tmp_path / "scan.nii").volume.grid.spacing_mm == pytest.approx((1, 2, 3))


def test_nifti_that_does_not_say_where_it_lies_is_read_as_itk_does(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((9, 10, 11), np.float32), None), tmp_path / "scan.nii")
    scan, image = read_scan(tmp_path / "scan.nii"), sitk.ReadImage(str(tmp_path / "scan.nii"))
    assert scan.volume.grid.axes.ravel() == pytest.approx(image.GetDirection())
    assert scan.volume.grid.origin_mm == pytest.approx(image.GetOrigin())
    assert "does not say where" in scan.report.notes[0]


def test_sheared_nifti_is_refused_with_the_numbers(tmp_path):
    affine = np.diag([-2.0, -2.0, 3.0, 1.0])
    affine[0, 1] = 0.4
    nib.save(nib.Nifti1Image(np.zeros((9, 10, 11), np.float32), affine), tmp_path / "scan.nii")
    error = refused(tmp_path / "scan.nii")
    assert error.code == "series-geometry-missing"
    assert error.details["deviation"] > 0.1


def test_a_missing_path(tmp_path):
    error = refused(tmp_path / "nowhere")
    assert error.code == "scan-not-found"
    assert "nowhere" in error.message


@pytest.mark.parametrize("content", [b"this is no DICOM", b"\x08\x00" + b"\xff" * 600, b"\x1f\x8b" + b"x" * 90])
def test_garbage_is_unreadable(tmp_path, content):
    path = tmp_path / "scan.dcm"
    path.write_bytes(content)
    assert refused(path).code == "scan-unreadable"


def test_nothing_at_all_is_empty(tmp_path):
    (tmp_path / "scan.mha").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with zipfile.ZipFile(tmp_path / "scan.zip", "w"):
        pass
    for name in ("scan.mha", "folder", "scan.zip"):
        assert refused(tmp_path / name).code == "scan-empty"


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_images_cut_short_are_truncated(tmp_path, suffix, share):
    path = write_image(intensities(), GRID, tmp_path / f"scan{suffix}")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert refused(path).code == "scan-truncated"


def test_compressed_mha_and_nrrd_cut_short_are_truncated(tmp_path):
    for suffix in (".mha", ".nrrd"):
        path = tmp_path / f"scan{suffix}"
        sitk.WriteImage(sitk.GetImageFromArray(intensities()), str(path), useCompression=True)
        path.write_bytes(path.read_bytes()[:-500])
        assert refused(path).code == "scan-truncated"


def test_damaged_nifti_headers_are_unreadable(tmp_path):
    path = write_image(intensities(), GRID, tmp_path / "scan.nii")
    content = bytearray(path.read_bytes())
    content[70:72] = b"\x33\x33"  # the data type
    path.write_bytes(content)
    assert refused(path).code in ("scan-unreadable", "scan-not-a-volume")
    path.write_bytes(content[:100] + b"\0" * 244 + b"n+1\0")
    assert refused(path).code in ("scan-unreadable", "scan-truncated")


def test_a_damaged_mha_header_is_unreadable(tmp_path):
    (tmp_path / "scan.mha").write_bytes(b"ObjectType = Image\nNDims = 3\nDimSize = what\nElementDataFile = LOCAL\n")
    assert refused(tmp_path / "scan.mha").code == "scan-unreadable"


def test_what_is_no_single_channel_volume(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 8, 3), np.float32), np.eye(4)), tmp_path / "four.nii")
    nib.save(nib.Nifti1Image(np.zeros((8, 8), np.float32), np.eye(4)), tmp_path / "flat.nii")
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 8), np.complex64), np.eye(4)), tmp_path / "complex.nii")
    sitk.WriteImage(sitk.Image([9, 9, 9], sitk.sitkVectorFloat32, 3), str(tmp_path / "vectors.mha"))
    sitk.WriteImage(sitk.Image([9, 9], sitk.sitkFloat32), str(tmp_path / "flat.nrrd"))
    for name in ("four.nii", "flat.nii", "complex.nii", "vectors.mha", "flat.nrrd"):
        assert refused(tmp_path / name).code == "scan-not-a-volume", name


def test_a_volume_larger_than_any_patient(tmp_path):
    nib.save(
        nib.Nifti1Image(np.zeros((9, 10, 11), np.float32), np.diag([-1000.0, -1000.0, 1e4, 1])), tmp_path / "s.nii"
    )
    with pytest.raises(ScanError, match="litres") as refused:
        read_scan(tmp_path / "s.nii")
    assert refused.value.code == "scan-unreadable"


def test_too_few_voxels(tmp_path):
    small = Grid((40, 36, 5), (1, 1, 1))
    assert refused(write_image(intensities(small), small, tmp_path / "scan.mha")).code == "scan-too-small"
    assert refused(save(ct_series(small), tmp_path / "s")).code == "scan-too-small"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("suffix", [".nii.gz", ".mha"])
def test_values_that_are_no_numbers(tmp_path, bad, suffix):
    values = intensities()
    values[2, 3, 4] = bad
    error = refused(write_image(values, GRID, tmp_path / f"scan{suffix}"))
    assert error.code == "scan-values-invalid"
    assert error.details["voxels"] == 1


def test_volumes_beyond_the_limit_are_refused_on_their_header(tmp_path):
    for path in (
        write_image(intensities(), GRID, tmp_path / "scan.mha"),
        write_image(intensities(), GRID, tmp_path / "scan.nii.gz"),
        save(ct_series(), tmp_path / "s"),
    ):
        assert refused(path, voxels=1000).code == "scan-unreadable"
    assert refused(tmp_path / "s", files=3).code == "scan-unreadable"


def test_several_volumes_in_one_folder(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    for name in ("one.mha", "two.mha"):
        write_image(intensities(), GRID, folder / name)
    assert refused(folder).code == "series-mixed"


def test_a_header_does_not_lead_to_files_elsewhere(tmp_path):
    (tmp_path / "secret").mkdir()
    write_image(intensities(), GRID, tmp_path / "secret" / "scan.mhd")
    header = (tmp_path / "secret" / "scan.mhd").read_text()
    for name in ("secret/scan.raw", str(tmp_path / "secret" / "scan.raw"), "../x/secret/scan.raw", "LIST"):
        (tmp_path / "scan.mhd").write_text(header.replace("scan.raw", name))
        assert refused(tmp_path / "scan.mhd").code == "scan-unreadable"
    nrrd = "NRRD0004\ntype: short\ndimension: 3\nsizes: 9 9 9\nencoding: raw\nendian: little\ndata file: /etc/passwd\n"
    (tmp_path / "scan.nhdr").write_text(nrrd + "\n")
    assert refused(tmp_path / "scan.nhdr").code == "scan-unreadable"


def test_a_gzip_of_something_else(tmp_path):
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(b"hello" * 500))
    assert refused(tmp_path / "scan.nii.gz").code == "scan-unreadable"


@pytest.mark.realdata
def test_a_clinical_series_beside_its_structure_set(tmp_path):
    packed = Path(__file__).parents[4] / "shared/data/lung1_dicom_single/LUNG1-001.tar.gz"
    if not packed.is_file():
        pytest.skip("the real series of ../shared/data is not here")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "s", filter="data")
    report = read_scan(tmp_path / "s").report
    assert report.size == (512, 512, 134)
    assert report.spacing_mm == pytest.approx((0.9765625, 0.9765625, 3.0))
    assert [d.name for d in report.dropped] == ["RTSTRUCT.dcm"]


def test_what_desktops_hide_beside_files_is_no_file(tmp_path):
    folder = save(ct_series(), tmp_path / "s")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._0000.dcm").write_bytes(b"xyz")
    for path in (folder, zipped(folder, tmp_path / "scan.zip")):
        scan = read_scan(path)
        check(scan, GRID)
        assert scan.report.dropped == ()


def test_an_empty_file_in_a_series_is_named(tmp_path):
    folder = save(ct_series(), tmp_path / "s")
    (folder / "0003.dcm").write_bytes(b"")
    error = refused(folder)
    assert error.code == "scan-empty"
    assert "0003.dcm" in error.message


def test_random_damage_never_escapes_as_another_error(tmp_path, caplog):
    rng = np.random.default_rng(0)
    whole = (save(ct_series(), tmp_path / "s") / "0004.dcm").read_bytes()
    refusals = []
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(128, 1200, 4):
            damaged[place] = rng.integers(256)
        (tmp_path / "s" / "0004.dcm").write_bytes(damaged)
        try:
            read_scan(tmp_path / "s")
        except ScanError as error:
            refusals.append(f"{error.message} {error.details}")
    assert 0 < len(refusals) < 60
    assert "SECRET" not in caplog.text + "".join(refusals)
