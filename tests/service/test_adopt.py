"""Fields of other tools: uploaded by the same door, taken over as a registration, corrected like any other."""

import io
import time

import numpy as np
import pytest
import SimpleITK as sitk

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.displacement_field import SUFFIXES, write_field
from tests.builders.fields import smooth_field
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT
from tests.service.conftest import finished

MIDDLE = FIXED.corners().mean(0)


@pytest.fixture
def field():
    """Smooth, around the shift between the two scans."""
    noise = smooth_field(1, FIXED).vectors_mm
    return DisplacementField(noise - noise.mean((0, 1, 2)) + np.float32(SHIFT), FIXED)


@pytest.fixture
def upload_field(upload, field, tmp_path):
    """Uploads the field in a format; its answer."""

    def uploaded(format, field=field):
        path = tmp_path / f"field{SUFFIXES[format]}"
        write_field(field, path, format=format, moving_grid=MOVING)
        return upload(path.read_bytes())

    return uploaded


@pytest.fixture
def adopted(client, pair, upload_field, workers):
    """URL of a registration that took the field over."""
    name = upload_field("transform").json()["id"]
    return finished(client, client.post("/v1/registrations", json=pair | {"field": name}).headers["location"])


def vectors(client, url, tmp_path, **params):
    (tmp_path / "out.mha").write_bytes(client.get(f"{url}/field", params={"format": "mha"} | params).content)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out.mha")))


@pytest.mark.parametrize("format", SUFFIXES)
def test_every_format_comes_in_by_the_same_door(client, pair, upload, upload_field, workers, field, tmp_path, format):
    answer = upload_field(format)
    assert answer.status_code == 201, answer.text
    report = answer.json()["report"]
    assert (report["kind"], report["format"], report["size"]) == ("field", format, list(FIXED.size))
    assert upload((tmp_path / f"field{SUFFIXES[format]}").read_bytes()).status_code == 200
    assert client.get(f"/v1/series/{answer.json()['id']}").json()["report"] == report
    url = client.post("/v1/registrations", json=pair | {"field": answer.json()["id"]}).headers["location"]
    assert np.allclose(vectors(client, finished(client, url), tmp_path), field.vectors_mm, atol=1e-3)


def test_the_registration_says_whose_field_it_is_and_invents_no_confidence(client, adopted):
    body = client.get(adopted).json()
    assert body["model"] == {"name": "foreign field", "version": "transform", "weights_sha256": ""}
    assert body["qa"]["covered_percent"] == 100
    assert body["qa"]["folds"] == 0
    report = client.get(f"{adopted}/report?format=json").json()
    assert report["expected_error_mm"]["median"] is None
    for link in ("error", "confidence", "bound", "warped", "jacobian", "preview.png", "keypoints"):
        assert client.get(f"{adopted}/{link}").status_code == 200, link


def test_a_click_changes_its_block_and_nothing_else(client, adopted, field, tmp_path):
    place = np.add(MIDDLE, (4.0, -3.0, 5.0)).tolist()
    target = (field.map_points([place])[0] + (2.0, 1.0, -1.5)).tolist()
    edit = {"set": [{"id": "a", "fixed": place, "moving": target}]}
    before = vectors(client, adopted, tmp_path)
    answer = client.patch(
        f"{adopted}/correspondences", json=edit, headers={"If-Match": client.get(adopted).headers["etag"]}
    ).json()
    assert answer["residuals"][0]["after"] < 1e-4
    after = vectors(client, adopted, tmp_path)
    inside = np.zeros(FIXED.shape, bool)
    inside[
        tuple(slice(a, b) for a, b in zip(answer["box"]["start"][::-1], answer["box"]["stop"][::-1], strict=True))
    ] = 1
    assert np.array_equal(after[~inside], before[~inside])
    assert not np.array_equal(after[inside], before[inside])
    there = client.post(f"{adopted}/points", json={"points": [place]}).json()["points"][0]
    assert there == pytest.approx(target, abs=1e-3)


def test_known_correspondences_become_the_first_revision(client, pair, upload_field, workers):
    name = upload_field("mha").json()["id"]
    known = [{"id": "a", "fixed": MIDDLE.tolist(), "moving": (MIDDLE + SHIFT + 1).tolist()}]
    answer = client.post("/v1/registrations", json=pair | {"field": name, "correspondences": known})
    assert client.get(finished(client, answer.headers["location"])).json()["revision"] == 1


def test_fields_and_scans_are_not_taken_for_each_other(client, pair, upload_field):
    name = upload_field("nrrd").json()["id"]
    swapped = client.post("/v1/registrations", json={"fixed": name, "moving": pair["moving"]})
    assert_problem(swapped, "scan-not-a-volume", 422)
    assert_problem(client.post("/v1/registrations", json=pair | {"field": pair["moving"]}), "field-unreadable", 422)
    assert_problem(client.post("/v1/registrations", json=pair | {"field": "0" * 32}), "series-not-found", 404)
    chosen = client.post("/v1/registrations", json=pair | {"field": name, "preset": "thorax"})
    assert "preset" in assert_problem(chosen, "validation-failed", 422)["detail"]


def test_a_field_of_other_scans_is_refused_at_once(client, pair, upload, upload_field):
    elsewhere = Grid((9, 9, 9), (3.0, 3.0, 3.0), (4000.0, 0.0, 0.0))
    name = upload_field("mha", DisplacementField(np.zeros((9, 9, 9, 3), np.float32), elsewhere)).json()["id"]
    assert_problem(client.post("/v1/registrations", json=pair | {"field": name}), "field-grid-mismatch", 422)
    out = io.BytesIO()
    np.savez(out, np.zeros((9, 9, 9, 3), np.float16))
    name = upload(out.getvalue()).json()["id"]
    assert_problem(client.post("/v1/registrations", json=pair | {"field": name}), "field-grid-mismatch", 422)


def test_a_field_that_misses_the_moving_scan_fails_the_job(client, pair, upload_field, workers):
    far = DisplacementField(np.full((*FIXED.shape, 3), 900, np.float32), FIXED)
    name = upload_field("mha", far).json()["id"]
    url = client.post("/v1/registrations", json=pair | {"field": name}).headers["location"]
    deadline = time.monotonic() + 20
    while (body := client.get(url).json())["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert body["error"]["code"] == "field-grid-mismatch"


def test_damage_is_refused_at_the_door_and_leaves_nothing(client, upload_field, upload, tmp_path, data_files):
    upload_field("transform")
    kept = data_files()
    whole = (tmp_path / "field.h5").read_bytes()
    assert_problem(upload(whole[: len(whole) // 2]), "field-damaged", 422)
    assert data_files() == kept


def test_a_purge_takes_the_field_and_waits_for_its_registration(client, pair, upload_field, data_files):
    name = upload_field("mha").json()["id"]
    client.post("/v1/registrations", json=pair | {"field": name})
    assert_problem(client.delete(f"/v1/series/{name}"), "series-in-use", 409)
    url = client.get("/v1/registrations").json()["items"][0]["links"]["self"]
    client.delete(url)
    assert client.delete(f"/v1/series/{name}").status_code == 204
    assert not any(name in path for path in data_files())
