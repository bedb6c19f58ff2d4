"""Uploads: every way in, the same id for the same bytes, and nothing left of what was refused."""

import errno
import io
import threading
import zipfile

import numpy as np
import pytest

from jobs.ports import Kind
from jobs.series import load_volume
from registration.geometry import Grid
from tests.builders.dicom import ct_series, intensities, save, shift
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, image_bytes, texture

DICOM_GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))


def dicom_bytes(datasets, folder):
    return [path.read_bytes() for path in sorted(save(datasets, folder).iterdir())]


@pytest.fixture
def slices(tmp_path):
    """Files of a DICOM series of twelve slices."""
    return dicom_bytes(ct_series(DICOM_GRID), tmp_path / "dicom")


@pytest.mark.parametrize("suffix", [".mha", ".nrrd", ".nii", ".nii.gz"])
def test_a_single_file_of_every_format(upload, ports, tmp_path, suffix):
    answer = upload(image_bytes(FIXED, tmp_path, suffix=suffix))
    assert answer.status_code == 201
    body = answer.json()
    assert body["report"]["size"] == list(FIXED.size)
    assert np.allclose(body["report"]["origin_mm"], FIXED.origin_mm, atol=1e-3)
    volume = load_volume(ports.artefacts.folder(Kind.SERIES, body["id"]))
    assert np.array_equal(volume.values, texture())


def test_dicom_files_in_any_order_are_one_series(upload, ports, slices):
    first = upload(*slices)
    again = upload(*slices[::-1], name="other names")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    volume = load_volume(ports.artefacts.folder(Kind.SERIES, first.json()["id"]))
    assert np.array_equal(volume.values, intensities(DICOM_GRID))


def test_a_zip(upload, slices):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(slices):
            archive.writestr(f"IM{number}", content)
    assert upload(packed.getvalue()).json()["report"]["size"] == list(DICOM_GRID.size)


RELATED = {
    "quoted": ('boundary="a b\'c"', b"a b'c"),
    "quoted, other parameters around": ('type="application/dicom"; boundary="=_x:1/2"; start="<1>"', b"=_x:1/2"),
    "bare": ("boundary=gc0p4Jq0M2Yt08jU534c0p", b"gc0p4Jq0M2Yt08jU534c0p"),
}


def related(slices, boundary):
    """The body that a DICOMweb client sends, in pieces of odd sizes that fall anywhere."""
    parts = [b"--%b\r\nContent-Type: application/dicom\r\n\r\n%b\r\n" % (boundary, one) for one in slices]
    whole = b"preamble to be ignored\r\n" + b"".join(parts) + b"--%b--\r\nepilogue" % boundary
    return [whole[i : i + 997] for i in range(0, len(whole), 997)]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("form", RELATED)
def test_multipart_related_as_dicomweb_sends_it(client, slices, form, chunked):
    parameters, boundary = RELATED[form]
    pieces = related(slices, boundary)
    headers = {"Content-Type": f"multipart/related; {parameters}"}
    answer = client.post("/v1/series", content=iter(pieces) if chunked else b"".join(pieces), headers=headers)
    assert ("transfer-encoding" in answer.request.headers) == chunked
    assert answer.status_code == 201, answer.text
    assert answer.json()["files"] == 12


def test_a_chunked_body_beyond_the_limit_is_cut_off(make_client, slices, data_files):
    client = make_client(limits={"upload_bytes": 5000})
    headers = {"Content-Type": "multipart/related; boundary=B"}
    answer = client.post("/v1/series", content=iter(related(slices, b"B")), headers=headers)
    assert_problem(answer, "body-too-large", 413)
    assert data_files() == []


def test_one_file_as_the_body(client, tmp_path):
    body = image_bytes(FIXED, tmp_path)
    answer = client.post("/v1/series", content=body, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201
    assert client.get(answer.headers["location"]).json() == answer.json()


def test_thousands_of_parts_are_no_obstacle(client, slices):
    """Some parts of no scan among the slices: they are dropped and listed."""
    files = [("files", (f"s{i}", one)) for i, one in enumerate(slices)]
    files += [("files", (f"n{i}", b"not an image %d" % i)) for i in range(1500)]
    answer = client.post("/v1/series", files=files)
    assert answer.status_code == 201
    assert len(answer.json()["report"]["dropped"]) == 1500


def test_two_identical_uploads_at_once_make_one_series(client, tmp_path, data_files):
    body, answers = image_bytes(FIXED, tmp_path), []

    def post():
        answers.append(client.post("/v1/series", files={"files": body}))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(data_files()) == 2


def missing_slice(one, tmp_path):
    del one[5]
    return dicom_bytes(one, tmp_path / "d")


def unequal_spacing(one, tmp_path):
    shift(one[6], (0, 0, 0.7))
    return dicom_bytes(one, tmp_path / "d")


def mixed(one, tmp_path):
    other = ct_series(Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 500.0)), series_uid="1.2.3.4", seed=1)
    return dicom_bytes(one + other, tmp_path / "d")


def truncated_dicom(one, tmp_path):
    files = dicom_bytes(one, tmp_path / "d")
    return [*files[:-1], files[-1][:-200]]


def bomb(one, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100 * 2**20))
    return [packed.getvalue()]


def two_volumes(one, tmp_path):
    return [image_bytes(FIXED, tmp_path), image_bytes(MOVING, tmp_path)]


HOSTILE = {
    "not-dicom": (lambda *_: [b"this is no DICOM"], "scan-unreadable", 415),
    "empty": (lambda *_: [b""], "scan-empty", 422),
    "truncated-mha": (lambda _, t: [image_bytes(FIXED, t)[:-500]], "scan-truncated", 422),
    "truncated-nifti": (lambda _, t: [image_bytes(FIXED, t, suffix=".nii.gz")[:-500]], "scan-truncated", 422),
    "truncated-dicom": (truncated_dicom, "scan-truncated", 422),
    "truncated-zip": (lambda o, t: [bomb(o, t)[0][:-50]], "scan-truncated", 422),
    "missing-slice": (missing_slice, "series-missing-slices", 422),
    "unequal-spacing": (unequal_spacing, "series-unequal-spacing", 422),
    "mixed": (mixed, "series-mixed", 422),
    "two-volumes": (two_volumes, "series-mixed", 422),
    "zip-bomb": (bomb, "archive-unsafe", 413),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_uploads_have_their_own_code_and_leave_nothing(upload, data_files, tmp_path, case):
    build, code, status = HOSTILE[case]
    answer = upload(*build(ct_series(DICOM_GRID), tmp_path), name="SECRET^NAME")
    assert_problem(answer, code, status)
    assert data_files() == []
    assert "SECRET" not in answer.text


def test_limits_are_answers(make_client, tmp_path, data_files):
    body = image_bytes(FIXED, tmp_path)
    small = make_client(limits={"upload_bytes": 1000})
    assert_problem(small.post("/v1/series", files={"files": body}), "body-too-large", 413)
    few = make_client(limits={"upload_files": 2})
    assert_problem(few.post("/v1/series", files=[("files", b"x")] * 3), "too-many-files", 413)
    none = make_client(limits={"uploads_at_once": 0})
    busy = none.post("/v1/series", files={"files": body})
    assert_problem(busy, "uploads-busy", 429)
    assert int(busy.headers["retry-after"]) > 0
    assert data_files() == []


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"Content-Type": "text/plain"}, b"x", "media-type-unsupported"),
        ({}, b"x", "media-type-unsupported"),
        ({"Content-Type": "multipart/form-data"}, b"x", "media-type-unsupported"),
        ({"Content-Type": "multipart/form-data; boundary=B"}, b"no boundary here", "body-unreadable"),
        ({"Content-Type": "multipart/form-data; boundary=B"}, b"--B--\r\n", "upload-missing"),
        (
            {"Content-Type": "multipart/form-data; boundary=B"},
            b'--B\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nhalf',
            "upload-interrupted",
        ),
    ],
)
def test_bodies_that_are_no_upload(client, data_files, headers, body, code):
    assert_problem(client.post("/v1/series", content=body, headers=headers), code)
    assert data_files() == []


def test_no_room_to_unpack_an_archive_is_the_disks_fault(upload, slices, data_files, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("registration.reading.archive._write", full)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("IM0", slices[0])
    assert_problem(upload(packed.getvalue()), "storage-full", 507)
    assert data_files() == []


def test_purge_removes_every_file(client, upload, data_files, tmp_path):
    url = upload(image_bytes(FIXED, tmp_path)).headers["location"]
    assert client.delete(url).status_code == 204
    assert data_files() == []
    assert_problem(client.get(url), "series-not-found", 404)
    assert_problem(client.delete(url), "series-not-found", 404)


def test_a_series_in_use_stays(client, pair):
    client.post("/v1/registrations", json=pair)
    assert_problem(client.delete(f"/v1/series/{pair['fixed']}"), "series-in-use", 409)


def test_no_file_name_is_kept_and_the_patient_only_for_derived_objects(upload, slices, tmp_path):
    answer = upload(*slices, name="SECRET-NAME")
    assert "SECRET" not in answer.text
    kept = {p.name: p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    assert {name for name, content in kept.items() if b"SECRET" in content} == {"source.json"}
    assert b"SECRET-NAME" not in kept["source.json"]
