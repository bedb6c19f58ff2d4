"""DICOM objects over HTTP, of scans that were uploaded as DICOM: negotiated, chosen, repeatable, else refused."""

import io
import zipfile

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread
from pydicom.uid import UID

from registration.dicom import SeriesIdentity, write_dicom_series
from registration.volume import Volume
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT, image_bytes, texture
from tests.builders.standard_reader import StandardRegistration
from tests.service.conftest import finished

FRAMES = {"fixed": "2.25.51", "moving": "2.25.52"}


@pytest.fixture
def pair(upload, tmp_path):
    """Ids of two scans uploaded as DICOM."""
    ids = {}
    for number, (name, grid) in enumerate((("fixed", FIXED), ("moving", MOVING))):
        identity = SeriesIdentity(f"2.25.1{number}", f"2.25.2{number}", FRAMES[name], "SECRET^NAME", "SECRET-ID", name)
        paths = write_dicom_series(Volume(np.float32(texture()), grid), tmp_path / name, identity)
        ids[name] = upload(*(path.read_bytes() for path in paths)).json()["id"]
    return ids


def fetched(client, url, tmp_path):
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    path = tmp_path / "object.dcm"
    path.write_bytes(answer.content)
    return answer, path


def test_the_field_comes_as_a_deformable_spatial_registration(client, job, tmp_path):
    answer = client.get(f"{job}/field", headers={"Accept": "application/dicom"})
    assert answer.headers["content-type"] == "application/dicom"
    (tmp_path / "x.dcm").write_bytes(answer.content)
    read = StandardRegistration(tmp_path / "x.dcm")
    assert read.frames == tuple(FRAMES.values())
    point = FIXED.index_to_mm((3.5, 7.25, 11))
    assert np.allclose(read.moved(point), point + SHIFT, atol=1e-3)


def test_its_spacing_can_be_chosen_and_makes_another_object(client, job, tmp_path):
    _, path = fetched(client, f"{job}/field?format=dicom&spacing=10", tmp_path)
    assert StandardRegistration(path).resolution.tolist() == [10, 10, 10]
    coarse = dcmread(path).SOPInstanceUID
    _, path = fetched(client, f"{job}/field?format=dicom", tmp_path)
    assert StandardRegistration(path).resolution.tolist() == list(FIXED.spacing_mm)
    assert dcmread(path).SOPInstanceUID != coarse


def test_the_warped_scan_comes_as_a_zip_of_a_series(client, job, tmp_path):
    answer = client.get(f"{job}/warped", headers={"Accept": "application/zip"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(tmp_path / "series")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "series")))
    image = reader.Execute()
    assert image.GetSize() == FIXED.size
    assert np.allclose(image.GetOrigin(), FIXED.origin_mm)
    assert np.allclose(image.GetSpacing(), FIXED.spacing_mm)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("pre-alignment", "Spatial Registration Storage"),
        ("confidence", "Parametric Map Storage"),
        ("error", "Parametric Map Storage"),
        ("jacobian", "Parametric Map Storage"),
        ("report", "Comprehensive 3D SR Storage"),
    ],
)
def test_other_products_come_as_objects(client, job, tmp_path, resource, name):
    answer, path = fetched(client, f"{job}/{resource}?format=dicom", tmp_path)
    assert answer.headers["content-type"] == "application/dicom"
    one = dcmread(path)
    assert UID(one.SOPClassUID).name == name
    assert one.StudyInstanceUID == "2.25.10"


def test_the_pre_alignment_comes_as_a_matrix(client, job):
    matrix = client.get(f"{job}/pre-alignment").json()["matrix"]
    assert np.allclose(matrix, [[1, 0, 0, SHIFT[0]], [0, 1, 0, SHIFT[1]], [0, 0, 1, SHIFT[2]], [0, 0, 0, 1]])


def test_a_correction_makes_new_objects_and_the_old_ones_stay_what_they_were(client, job, tmp_path):
    point = FIXED.corners().mean(0)
    click = {"id": "a", "fixed": point.tolist(), "moving": (point + SHIFT + 1).tolist()}
    headers = {"If-Match": client.get(job).headers["etag"]}
    first = dcmread(fetched(client, f"{job}/field?format=dicom", tmp_path)[1])
    assert client.patch(f"{job}/correspondences", json={"set": [click]}, headers=headers).status_code == 200
    _, path = fetched(client, f"{job}/field?format=dicom", tmp_path)
    assert np.abs(StandardRegistration(path).moved(point) - (point + SHIFT + 1)).max() < 0.02
    assert dcmread(path).SOPInstanceUID != first.SOPInstanceUID
    again = dcmread(fetched(client, f"{job}/field?format=dicom&revision=0", tmp_path)[1])
    assert again == first


@pytest.mark.parametrize(
    "path", ["/field?format=dicom&box=0,0,0,2,2,2", "/field?format=mha&spacing=3", "/field?format=dicom&spacing=0"]
)
def test_what_an_object_cannot_be_asked_for(client, job, path):
    assert_problem(client.get(job + path), "validation-failed", 422)


def test_a_changed_block_is_no_object(client, job):
    headers = {"If-Match": client.get(job).headers["etag"], "Accept": "application/dicom"}
    assert_problem(
        client.patch(f"{job}/correspondences", json={"remove": ["a"]}, headers=headers), "not-acceptable", 406
    )


def test_no_patient_shows_in_what_is_no_dicom(client, job):
    for path in ("", "/report", "/keypoints", "/pre-alignment", "/revisions"):
        assert "SECRET" not in client.get(job + path).text


def test_scans_that_came_in_another_format_have_no_objects(client, upload, workers, tmp_path):
    pair = {n: upload(image_bytes(g, tmp_path)).json()["id"] for n, g in (("fixed", FIXED), ("moving", MOVING))}
    job = finished(client, client.post("/v1/registrations", json=pair).headers["location"])
    for path in ("/field?format=dicom", "/warped?format=dicom", "/pre-alignment?format=dicom"):
        assert_problem(client.get(job + path), "no-dicom-source", 409)
