"""The PATCH contract over HTTP: preconditions, refusals that change nothing, revisions, undo, points."""

import threading

import numpy as np
import pytest
import SimpleITK as sitk

from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, SHIFT

MIDDLE = FIXED.corners().mean(0)


def click(name, off=0.0, miss=1.0):
    place = MIDDLE + np.array([off, -off, off])
    return {"id": name, "fixed": place.tolist(), "moving": (place + SHIFT + miss).tolist()}


@pytest.fixture
def tag(client, job):
    return lambda: client.get(job).headers["etag"]


@pytest.fixture
def patch(client, job, tag):
    def patch(if_match=None, accept="application/json", **body):
        headers = {"If-Match": if_match or tag(), "Prefer": "wait=30", "Accept": accept}
        return client.patch(f"{job}/correspondences", json=body, headers=headers)

    return patch


@pytest.fixture
def field(client, job):
    return lambda: client.get(f"{job}/field").content


def test_a_click_is_reached_and_told(client, job, patch, tag):
    before = tag()
    answer = patch(set=[click("a")])
    assert answer.status_code == 200
    body = answer.json()
    assert body["revision"] == 1
    assert body["residuals"][0]["id"] == "a"
    assert body["residuals"][0]["before"] == pytest.approx(3**0.5, abs=1e-3)
    assert body["residuals"][0]["after"] <= 0.05
    assert answer.headers["etag"] == tag() != before
    mapped = client.post(f"{job}/points", json={"points": [click("a")["fixed"]]}).json()["points"]
    assert np.allclose(mapped, [click("a")["moving"]], atol=0.05)
    assert client.get(body["field"]).status_code == 200


def test_preconditions_come_before_the_body(client, job, patch):
    url = f"{job}/correspondences"
    nonsense = {"set": [{"id": "a", "fixed": [1, 2]}]}
    assert_problem(
        client.patch("/v1/registrations/nothing/correspondences", json=nonsense), "registration-not-found", 404
    )
    assert_problem(client.patch(url, json=nonsense), "precondition-required", 428)
    assert_problem(client.patch(url, json=nonsense, headers={"If-Match": "*"}), "precondition-required", 428)
    assert_problem(client.patch(url, json=nonsense, headers={"If-Match": '"stale"'}), "revision-stale", 412)
    assert_problem(patch(**nonsense), "validation-failed", 422)


REFUSED = {
    "outside": ({"set": [click("good"), click("bad") | {"fixed": [9e5, 0, 0]}]}, "point-outside-scan", 422),
    "far target": ({"set": [click("bad") | {"moving": [9e5, 0, 0]}]}, "point-outside-scan", 422),
    "huge": ({"set": [click("bad") | {"moving": [1e308, 0, 0]}]}, "point-outside-scan", 422),
    "two numbers": ({"set": [click("bad") | {"fixed": [1.0, 2.0]}]}, "validation-failed", 422),
    "a word": ({"set": [click("bad") | {"fixed": ["x", 0, 0]}]}, "validation-failed", 422),
    "contradiction": ({"set": [click("a"), click("b", miss=20)]}, "correspondences-contradict", 409),
    "one id twice": ({"set": [click("a"), click("a", off=20)]}, "correspondences-contradict", 409),
    "unknown id": ({"remove": ["nobody"]}, "correspondence-unknown", 422),
    "nothing": ({}, "validation-failed", 422),
    "no id": ({"set": [{"fixed": [0, 0, 0], "moving": [0, 0, 0]}]}, "validation-failed", 422),
    "too many": ({"set": [click(f"c{i}") for i in range(1001)]}, "validation-failed", 422),
    "unknown member": ({"set": [click("a")], "delete": []}, "validation-failed", 422),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_edit_changes_nothing(patch, tag, field, case):
    body, code, status = REFUSED[case]
    before = tag(), field()
    assert_problem(patch(**body), code, status)
    assert (tag(), field()) == before


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_points_that_are_no_numbers(client, job, tag, number):
    text = f'{{"set": [{{"id": "a", "fixed": [{number}, 0, 0], "moving": [0, 0, 0]}}]}}'
    headers = {"If-Match": tag(), "Content-Type": "application/json"}
    assert_problem(client.patch(f"{job}/correspondences", content=text, headers=headers), "point-not-finite", 422)
    asked = client.post(
        f"{job}/points", content=f'{{"points": [[0, {number}, 0]]}}', headers={"Content-Type": "application/json"}
    )
    assert_problem(asked, "point-not-finite", 422)


def test_removing_every_click_restores_the_field_bit_for_bit(patch, field):
    original = field()
    patch(set=[click("a"), click("b", off=15)])
    assert field() != original
    patch(remove=["a", "b"])
    assert field() == original


def test_an_unfinished_registration_takes_no_clicks(client, pair):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    answer = client.patch(f"{url}/correspondences", json={"set": [click("a")]}, headers={"If-Match": '"r0"'})
    assert_problem(answer, "registration-not-finished", 409)


def test_of_clients_with_the_same_tag_one_wins(patch, tag, client, job):
    start, codes = tag(), []

    def edit(name, off):
        codes.append(patch(if_match=start, set=[click(name, off=off)]).status_code)

    threads = [threading.Thread(target=edit, args=(f"c{i}", 4.0 * i)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412, 412, 412, 412]
    assert len(client.get(f"{job}/correspondences").json()["correspondences"]) == 1


def test_the_changed_block_itself_places_itself_in_patient_space(patch, tmp_path):
    answer = patch(accept="application/x-metaimage", set=[click("a")])
    path = tmp_path / "block.mha"
    path.write_bytes(answer.content)
    block = sitk.ReadImage(str(path))
    x0, y0, z0, x1, y1, z1 = (int(n) for n in answer.headers["x-box"].split(","))
    assert block.GetSize() == (x1 - x0, y1 - y0, z1 - z0)
    assert np.allclose(block.GetOrigin(), FIXED.index_to_mm((x0, y0, z0)))
    assert answer.headers["x-revision"] == "1"
    assert answer.headers["x-folds"] == "0"
    assert answer.headers["x-relaxed"] == ""
    assert answer.headers["server-timing"].startswith("service;dur=")
    assert answer.headers["x-residuals"].startswith("a=1.73")
    assert_problem(patch(accept="image/jpeg", set=[click("b")]), "not-acceptable", 406)


def test_an_identifier_cannot_write_headers(patch):
    answer = patch(accept="application/x-metaimage", set=[click("a\r\nX-Forged: ü")])
    assert answer.headers["x-residuals"].startswith("a%0D%0AX-Forged%3A%20%C3%BC=1.73")
    assert "x-forged" not in answer.headers


def test_revisions_tell_the_story_and_any_of_them_comes_back(client, job, patch, tag, field):
    patch(set=[click("a")])
    wanted = field()
    patch(set=[click("b", off=15)], remove=["a"])
    url = f"{job}/revisions"
    assert_problem(client.post(f"{url}/1/restore"), "precondition-required", 428)
    assert_problem(client.post(f"{url}/9/restore", headers={"If-Match": tag()}), "revision-not-found", 404)
    answer = client.post(f"{url}/1/restore", headers={"If-Match": tag()})
    assert answer.json()["revision"] == 3
    assert field() == wanted
    story = client.get(url).json()["items"]
    told = [(r["action"], r["changed"], r["removed"], r["restored_from"], r["correspondences"]) for r in story]
    assert told == [
        ("original", [], [], None, 0),
        ("correct", ["a"], [], None, 1),
        ("correct", ["b"], ["a"], None, 1),
        ("restore", [], [], 1, 1),
    ]
    assert client.get(f"{job}/correspondences").json()["correspondences"] == [click("a")]
    assert client.get(f"{job}/correspondences?revision=2").json()["correspondences"] == [click("b", off=15)]
    assert client.get(f"{job}/field?revision=1").content == wanted


def test_a_busy_worker_means_later_not_lost(client, job, patch, ports):
    ports.queue.stop()
    headers = {"If-Match": client.get(job).headers["etag"], "Prefer": "wait=0"}
    answer = client.patch(f"{job}/correspondences", json={"set": [click("a")]}, headers=headers)
    assert answer.status_code == 202
    assert answer.headers["location"] == job
    assert int(answer.headers["retry-after"]) > 0


def test_points_go_both_ways(client, job):
    points = [MIDDLE.tolist(), (MIDDLE + 10).tolist()]
    there = client.post(f"{job}/points", json={"points": points}).json()
    assert np.allclose(np.subtract(there["points"], points), SHIFT)
    back = client.post(f"{job}/points", json={"points": there["points"], "direction": "moving-to-fixed"}).json()
    assert np.allclose(back["points"], points, atol=1e-3)
    assert max(back["residual_mm"]) < 1e-3
    assert client.post(f"{job}/points", json={"points": []}).json()["points"] == []
    assert_problem(client.post(f"{job}/points", json={"points": [[9e5, 0, 0]]}), "point-outside-scan", 422)
    assert_problem(client.post(f"{job}/points", json={"points": [[1, 2]]}), "validation-failed", 422)


def test_first_correspondences_come_with_the_request(client, pair, workers):
    from tests.service.conftest import finished

    url = client.post("/v1/registrations", json=pair | {"correspondences": [click("a")]}).headers["location"]
    assert client.get(finished(client, url)).json()["revision"] == 1
    mapped = client.post(f"{url}/points", json={"points": [click("a")["fixed"]]}).json()["points"]
    assert np.allclose(mapped, [click("a")["moving"]], atol=0.05)
