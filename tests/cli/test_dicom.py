"""`kernelreg dicom` and `register --dicom`: what is written, what follows a correction, what is refused."""

import numpy as np
import pytest
from pydicom import dcmread
from typer.testing import CliRunner

from cli.main import app
from registration.archive import StoredResult, load_result
from registration.dicom import SeriesIdentity, write_dicom_series
from registration.dicom.deformable_registration import read_deformable_registration
from registration.errors import MethodError
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.products.catalogue import write_products
from registration.products.dicom.objects import OBJECTS
from registration.products.outcome import outcome_of
from tests.builders.images import write_image
from tests.builders.sourced import ORIGIN, SIZE, SPACING, sourced_result

UNCORRECTED = {name for name in OBJECTS if name != "correspondences"}
SMALL = Grid((44, 40, 20), (2.5, 2.5, 5.0), (-110.0, -60.0, -60.0))


@pytest.fixture
def result(tmp_path) -> StoredResult:
    return sourced_result(tmp_path, grid=Grid(SIZE, SPACING, ORIGIN))


def run(*arguments: object):
    ended = CliRunner().invoke(app, [str(one) for one in arguments])
    if ended.exception and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended


def registration_in(folder):
    (path,) = (folder / "registration").iterdir()
    return read_deformable_registration(path), dcmread(path)


def test_all_objects_are_written_beside_the_result(result):
    ended = run("dicom", result.folder)
    assert ended.exit_code == 0
    assert "Research use only" in ended.stdout
    assert {path.name for path in (result.folder / "dicom").iterdir()} == UNCORRECTED
    assert len(list((result.folder / "dicom" / "warped").iterdir())) == SIZE[2]


def test_objects_folder_and_spacing_can_be_chosen(result, tmp_path):
    run("dicom", result.folder, "--objects", "registration, warped", "--output", tmp_path / "out", "--spacing", 4)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"registration", "warped"}
    assert registration_in(tmp_path / "out")[0].field.grid.spacing_mm == (4.0, 4.0, 4.0)
    assert not (result.folder / "dicom").exists()


def test_unknown_objects_leave_nothing(result, tmp_path):
    with pytest.raises(MethodError, match="hologram"):
        run("dicom", result.folder, "--objects", "warped,hologram", "--output", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_objects_that_are_there_follow_a_correction(result, tmp_path):
    write_products(outcome_of(result), result.folder, ("report.json",))
    run("dicom", result.folder, "--objects", "registration")
    before = registration_in(result.folder / "dicom")[1]
    point = result.base.grid.index_to_mm((9, 8, 6))
    target = result.base.map_points([point])[0] + 1.5
    header = "fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z"
    np.savetxt(tmp_path / "clicks.csv", [[*point, *target]], delimiter=",", header=header, comments="")
    assert run("refine", result.folder, "--correspondences", tmp_path / "clicks.csv").exit_code == 0
    read, after = registration_in(result.folder / "dicom")
    assert np.abs(read.map_points([point])[0] - target).max() < 0.01
    assert after.SOPInstanceUID != before.SOPInstanceUID
    assert {path.name for path in (result.folder / "dicom").iterdir()} == {"registration"}


def test_scans_that_are_no_dicom_are_refused_before_they_are_registered(tmp_path):
    scans = [write_image(np.zeros(SMALL.shape, np.float32), SMALL, tmp_path / f"{name}.mha") for name in "ab"]
    with pytest.raises(MethodError, match="fixed and moving") as caught:
        run("register", *scans, "--output", tmp_path / "out", "--dicom")
    assert caught.value.code == "no-dicom-source"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_two_series_become_a_result_with_objects(tmp_path):
    pair = make_phantom("thorax", seed=1, grid=SMALL)
    for number, (name, scan) in enumerate((("fixed", pair.fixed), ("moving", pair.moving))):
        identity = SeriesIdentity(f"2.25.1{number}", f"2.25.2{number}", f"2.25.3{number}", "SECRET^NAME", "ID", name)
        write_dicom_series(scan, tmp_path / name, identity)
    ended = run("register", tmp_path / "fixed", tmp_path / "moving", "--output", tmp_path / "out", "--dicom")
    assert ended.exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "dicom").iterdir()} == UNCORRECTED
    points, stored = SMALL.index_to_mm(np.random.default_rng(0).uniform(1, 18, (50, 3))), load_result(tmp_path / "out")
    found = registration_in(tmp_path / "out" / "dicom")[0].map_points(points)
    assert np.abs(found - stored.base.map_points(points)).max() < 1e-3
    texts = [ended.stdout, *((tmp_path / "out" / name).read_text() for name in ("report.json", "report.html"))]
    assert not any("SECRET" in text for text in texts)
