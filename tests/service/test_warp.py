"""Other volumes over HTTP: warped by the revision asked for, with figures in headers or as JSON, computed once."""

import numpy as np
import pytest
import SimpleITK as sitk

from registration.geometry import Grid
from tests.builders.images import write_image
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT, texture

OTHER = Grid((50, 46, 52), (1.5, 1.5, 1.6), tuple((np.array(MOVING.origin_mm) - 0.5).tolist()))
"""A grid of its own over the moving scan."""
CLICK = np.add(FIXED.origin_mm, (30.0, 30.0, 40.0)).tolist()


@pytest.fixture
def organs(upload, tmp_path):
    """Id of a label map: 5 in a box, 9 in a smaller one inside."""
    values = np.zeros(OTHER.shape, np.uint8)
    values[10:40, 8:30, 8:30] = 5
    values[20:30, 12:20, 12:20] = 9
    return upload(write_image(values, OTHER, tmp_path / "organs.nii.gz").read_bytes()).json()["id"]


def image(response, path):
    path.write_bytes(response.content)
    return sitk.ReadImage(str(path))


def test_labels_come_back_on_the_fixed_grid_with_their_volumes(client, job, organs, tmp_path):
    answer = client.post(f"{job}/warp", json={"series": organs, "kind": "labels"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-nifti"
    assert answer.headers["etag"] == client.get(job).headers["etag"]
    found = image(answer, tmp_path / "warped.nii.gz")
    values = sitk.GetArrayFromImage(found)
    assert values.shape == FIXED.shape
    assert set(np.unique(values)) == {0, 5, 9}
    rows = dict(one.split("=") for one in answer.headers["x-volumes"].split(";"))
    assert list(rows) == ["5", "9"]
    before, after, left = map(float, rows["9"].split(">"))
    assert before == pytest.approx(640 * 1.5 * 1.5 * 1.6e-3, abs=1e-3)
    assert after == pytest.approx((values == 9).sum() * 36e-3, abs=1e-3)
    assert left == 0
    told = client.post(f"{job}/warp", json={"series": organs, "kind": "labels"}, headers={"Accept": "application/json"})
    body = told.json()
    assert [one["label"] for one in body["labels"]] == [5, 9]
    assert body["labels"][1]["after_ml"] == pytest.approx(after, abs=1e-3)
    assert (body["kind"], body["revision"], body["notes"]) == ("labels", 0, [])


@pytest.mark.parametrize(("format", "suffix"), [("nifti", ".nii.gz"), ("mha", ".mha"), ("nrrd", ".nrrd")])
def test_the_moving_scan_itself_becomes_what_warped_is(client, job, pair, tmp_path, format, suffix):
    answer = client.post(f"{job}/warp", json={"series": pair["moving"], "format": format})
    found = image(answer, tmp_path / f"warped{suffix}")
    assert np.array_equal(sitk.GetArrayFromImage(found), texture())
    assert float(answer.headers["x-outside-percent"]) == 0
    assert "x-volumes" not in answer.headers
    assert found.GetOrigin() == pytest.approx(FIXED.origin_mm)


def test_the_second_time_nothing_is_computed(client, job, organs, monkeypatch):
    first = client.post(f"{job}/warp", json={"series": organs, "kind": "labels"})
    monkeypatch.setattr("worker.handlers.warp.carried", None)
    assert client.post(f"{job}/warp", json={"series": organs, "kind": "labels"}).content == first.content


def test_a_click_moves_the_warped_volume_and_the_old_revision_stays(client, job, pair):
    body = {"series": pair["moving"], "format": "mha"}
    before = client.post(f"{job}/warp", json=body).content
    moved = (np.array(CLICK) + SHIFT + (4.0, 0, 0)).tolist()
    edit = {"set": [{"id": "a", "fixed": CLICK, "moving": moved}]}
    tag = client.get(job).headers["etag"]
    assert client.patch(f"{job}/correspondences", json=edit, headers={"If-Match": tag}).status_code == 200
    answer = client.post(f"{job}/warp", json=body)
    assert answer.headers["x-revision"] == "1"
    assert answer.content != before
    assert client.post(f"{job}/warp", json=body, params={"revision": 0}).content == before


def test_what_cannot_be_warped_is_refused(client, job, pair, upload, tmp_path):
    assert_problem(client.post(f"{job}/warp", json={"series": "0" * 32}), "series-not-found", 404)
    assert_problem(
        client.post(f"{job}/warp", json={"series": pair["moving"], "kind": "mask"}), "validation-failed", 422
    )
    labels = {"series": pair["moving"], "kind": "labels"}
    assert_problem(client.post(f"{job}/warp", json=labels), "labels-invalid", 422)
    far = Grid((10, 10, 10), (1.0, 1.0, 1.0), (4000.0, 0.0, 0.0))
    name = upload(write_image(np.ones(far.shape, np.uint8), far, tmp_path / "far.mha").read_bytes()).json()["id"]
    assert_problem(client.post(f"{job}/warp", json={"series": name}), "scans-do-not-overlap", 422)
    asked = {"series": pair["moving"], "format": "dicom"}
    assert_problem(client.post(f"{job}/warp", json=asked), "no-dicom-source", 409)
    assert_problem(client.post("/v1/registrations/none/warp", json=asked), "registration-not-found", 404)


def test_a_purge_takes_warped_volumes_along(client, job, organs, data_files):
    client.post(f"{job}/warp", json={"series": organs, "kind": "labels"})
    assert any("warped-" in path for path in data_files())
    assert client.delete(job).status_code == 204
    assert not any("warped-" in path for path in data_files())


def test_another_registration_is_asked_in_vain_before_it_has_a_result(client, pair):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    assert_problem(client.post(f"{url}/warp", json={"series": pair["moving"]}), "registration-not-finished", 409)
