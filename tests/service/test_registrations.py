"""Jobs over HTTP: start, follow, list, cancel, purge; the same request twice; who sees what."""

import json
import threading

import numpy as np
import pytest
import SimpleITK as sitk

from jobs.messages import QueueName
from jobs.model import JobState
from jobs.ports import Kind
from registration.keypoints.names import DEFAULT_DETECTOR, DETECTORS
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT, image_bytes
from tests.service.conftest import finished

MIDDLE = FIXED.corners().mean(0).tolist()


def image(response, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(response.content)
    return sitk.ReadImage(str(path))


def test_a_registration_is_accepted_followed_and_finished(client, pair, workers):
    answer = client.post("/v1/registrations", json=pair | {"preset": "thorax"})
    assert answer.status_code == 202
    assert int(answer.headers["retry-after"]) > 0
    url = finished(client, answer.headers["location"])
    body = client.get(url).json()
    assert (body["revision"], body["progress"], body["model"]["name"]) == (0, 1.0, "shift")
    assert body["request"]["preset"] == "thorax"
    assert client.get(url).headers["etag"].startswith('"r0-')
    for name, link in body["links"].items():
        assert client.get(link).status_code in ((405,) if name in ("points", "evaluation", "warp") else (200,)), name


def test_the_keypoints_that_were_asked_for_reach_the_method_and_the_report(client, pair, workers):
    wanted = {"detector": "superpoint", "max": 64}
    answer = client.post("/v1/registrations", json=pair | {"keypoints": wanted})
    body = client.get(finished(client, answer.headers["location"])).json()
    assert body["request"]["keypoints"] == wanted
    assert (body["qa"]["detector"], body["qa"]["keypoints"]) == ("superpoint", 64)
    report = client.get(body["links"]["report"], headers={"Accept": "application/json"}).json()
    assert (report["detector"], report["keypoints"]) == ("superpoint", 64)


def test_the_dense_finish_is_on_unless_it_is_switched_off(client, pair, workers):
    for asked, wanted in (({}, True), ({"finish": False}, False)):
        body = client.get(
            finished(client, client.post("/v1/registrations", json=pair | asked).headers["location"])
        ).json()
        assert (body["request"]["finish"], body["qa"]["finish"]) == (wanted, wanted)


def test_the_default_detector_is_the_methods_own(client, pair, workers):
    url = finished(client, client.post("/v1/registrations", json=pair).headers["location"])
    body = client.get(url).json()
    assert body["request"]["keypoints"] == {"detector": DEFAULT_DETECTOR, "max": None}
    assert body["qa"]["detector"] == DEFAULT_DETECTOR


@pytest.mark.parametrize(
    ("keypoints", "where", "what"),
    [
        ({"detector": "surf"}, "body.keypoints.detector", DETECTORS),
        ({"max": 29}, "body.keypoints.max", ("30",)),
        ({"max": 4097}, "body.keypoints.max", ("4096",)),
        ({"detektor": "sift"}, "body.keypoints.detektor", ()),
    ],
)
def test_keypoints_that_cannot_be_are_refused_with_what_can_be(client, pair, keypoints, where, what):
    problem = assert_problem(
        client.post("/v1/registrations", json=pair | {"keypoints": keypoints}), "validation-failed", 422
    )
    assert problem["errors"][0]["where"] == where
    assert all(allowed in problem["errors"][0]["what"] for allowed in what)


def test_the_idempotency_key_is_a_promise(client, pair):
    def post(key, **extra):
        return client.post("/v1/registrations", json=pair | extra, headers={"Idempotency-Key": key})

    first, again, other = post("k"), post("k"), post("another")
    assert first.headers["location"] == again.headers["location"] != other.headers["location"]
    assert first.status_code == again.status_code == 202
    assert_problem(post("k", preset="abdomen"), "idempotency-key-reused", 422)
    client.delete(first.headers["location"])
    assert post("k").headers["location"] != first.headers["location"]


def test_a_repeated_request_is_answered_though_the_queue_is_full(make_client, pair):
    client = make_client(limits={"queued": 1})
    first = client.post("/v1/registrations", json=pair, headers={"Idempotency-Key": "k"})
    assert_problem(client.post("/v1/registrations", json=pair), "queue-full", 503)
    again = client.post("/v1/registrations", json=pair, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])


def test_twenty_identical_requests_at_once_make_one_job(client, pair):
    places = []

    def post():
        headers = {"Idempotency-Key": "once"}
        places.append(client.post("/v1/registrations", json=pair, headers=headers).headers["location"])

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(places)) == 1
    assert len(client.get("/v1/registrations").json()["items"]) == 1


def test_paging_shows_everything_once_newest_first(client, pair):
    made = [client.post("/v1/registrations", json=pair).json()["id"] for _ in range(5)]
    seen, page = [], client.get("/v1/registrations", params={"limit": 2}).json()
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()
    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("path", ["", "/events"])
def test_events_follow_a_job_to_its_end(client, pair, workers, path):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    with client.stream("GET", url + path, headers={"Accept": "text/event-stream"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line]
    events = list(zip(lines[::2], (json.loads(line.removeprefix("data: ")) for line in lines[1::2]), strict=True))
    assert events[-1] == ("event: end", {"state": "succeeded"})
    assert events[-2][1]["state"] == "succeeded"


def test_cancel_keeps_the_record_and_delete_removes_it(client, pair, ports):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    assert client.post(url + "/cancel").json()["state"] == "cancelled"
    assert_problem(client.post(url + "/cancel"), "illegal-move", 409)
    assert_problem(client.get(url + "/field"), "registration-failed", 409)
    assert client.delete(url).status_code == 204
    assert_problem(client.get(url), "registration-not-found", 404)


def test_delete_removes_every_trace(client, job, pair, data_files):
    for series in set(pair.values()):
        client.delete(f"/v1/series/{series}")
    assert any(name.startswith("registrations/") for name in data_files())
    assert client.delete(job).status_code == 204
    assert data_files() == []
    for path in ("", "/field", "/report", "/revisions", "/correspondences"):
        assert_problem(client.get(job + path), "registration-not-found", 404)


def test_delete_of_a_running_job_is_accepted_and_ends_in_nothing(client, pair, ports):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    job_id = url.rsplit("/", 1)[1]
    ports.jobs.update(job_id, lambda r: r.moved(JobState.RUNNING, claim="w"))
    ports.leases.acquire(job_id, "w", 60)
    assert client.delete(url).status_code == 202
    assert client.get(url).json()["state"] == "cancelling"


@pytest.mark.parametrize(
    ("resource", "accept", "kind"),
    [
        ("field", "application/x-metaimage", ".mha"),
        ("field", "application/x-nrrd", ".nrrd"),
        ("field", "text/html, application/x-nifti;q=0.9", ".nii.gz"),
        ("warped", "*/*", ".nii.gz"),
        ("confidence", "application/*", ".nii.gz"),
        ("bound", "application/x-nifti", ".nii.gz"),
        ("attention", "*/*", ".nii.gz"),
    ],
)
def test_products_come_in_the_accepted_format(client, job, tmp_path, resource, accept, kind):
    answer = client.get(f"{job}/{resource}", headers={"Accept": accept})
    found = image(answer, tmp_path, f"x{kind}")
    assert found.GetSize() == FIXED.size
    assert np.allclose(found.GetOrigin(), FIXED.origin_mm, atol=1e-3)
    if resource == "field":
        assert np.allclose(sitk.GetArrayFromImage(found), SHIFT)


def test_the_field_can_be_asked_for_in_part_and_conditionally(client, job, tmp_path):
    whole = client.get(f"{job}/field", params={"format": "mha"})
    part = client.get(f"{job}/field", params={"format": "mha"}, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    again = client.get(f"{job}/field", headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert whole.headers["vary"] == again.headers["vary"] == "Accept"
    block = image(client.get(f"{job}/field?format=nrrd&box=2,3,4,7,9,11"), tmp_path, "b.nrrd")
    assert block.GetSize() == (5, 6, 7)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/field?format=jpeg", "not-acceptable"),
        ("/field?box=1,2,3", "validation-failed"),
        ("/field?box=0,0,0,999,5,5", "box-outside-field"),
        ("/field?box=5,5,5,5,9,9", "box-outside-field"),
        ("/field?revision=7", "revision-not-found"),
        ("/field?revision=-1", "validation-failed"),
    ],
)
def test_products_that_do_not_exist(client, job, path, code):
    assert_problem(client.get(job + path), code)


def test_products_of_an_unfinished_job(client, pair):
    url = client.post("/v1/registrations", json=pair).headers["location"]
    assert_problem(client.get(url + "/field"), "registration-not-finished", 409)


def test_workers_that_do_not_answer_are_named(client, pair, ports, job):
    ports.queue.stop()
    answer = client.get(f"{job}/warped", headers={"Prefer": "wait=0"})
    assert_problem(answer, "worker-busy", 503)
    assert int(answer.headers["retry-after"]) > 0


def test_masks_must_lie_on_their_scan(client, pair, upload, tmp_path, workers):
    good, bad = (upload(image_bytes(g, tmp_path, seed=5)).json()["id"] for g in (FIXED, MOVING))
    url = client.post("/v1/registrations", json=pair | {"masks": {"fixed": good}}).headers["location"]
    assert client.get(finished(client, url)).json()["qa"]["masked"] is True
    refused = client.post("/v1/registrations", json=pair | {"masks": {"fixed": bad}})
    assert_problem(refused, "mask-grid-mismatch", 422)


MIDDLE = FIXED.corners().mean(0).tolist()


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"moving": None}, "validation-failed"),
        ({"moving": "nothing"}, "series-not-found"),
        ({"moving": "../../etc"}, "series-not-found"),
        ({"preset": "brain"}, "validation-failed"),
        ({"unknown": 1}, "validation-failed"),
        ({"correspondences": [{"id": "a", "fixed": [9e5, 0, 0], "moving": [0, 0, 0]}]}, "point-outside-scan"),
        ({"correspondences": [{"id": "a", "fixed": [1, 2], "moving": [0, 0, 0]}]}, "validation-failed"),
        ({"correspondences": [{"id": "a", "fixed": MIDDLE, "moving": [0, 9e5, 0]}]}, "point-outside-scan"),
        (
            {"correspondences": [{"id": "a", "fixed": MIDDLE, "moving": [0, 0, z]} for z in (0, 50)]},
            "correspondences-contradict",
        ),
    ],
)
def test_requests_that_cannot_become_a_job(client, pair, extra, code):
    assert_problem(client.post("/v1/registrations", json=pair | extra), code)
    assert client.get("/v1/registrations").json()["items"] == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(client, pair, number):
    text = (
        json.dumps(pair)[:-1]
        + f', "correspondences": [{{"id": "a", "fixed": [{number}, 0, 0], "moving": [0, 0, 0]}}]}}'
    )
    answer = client.post("/v1/registrations", content=text, headers={"Content-Type": "application/json"})
    body = assert_problem(answer, "point-not-finite", 422)
    assert body["errors"][0]["where"] == "body.correspondences[0].fixed"


def test_a_full_queue_says_when_to_come_back(make_client, pair):
    client = make_client(limits={"queued": 2})
    for _ in range(2):
        assert client.post("/v1/registrations", json=pair).status_code == 202
    refused = client.post("/v1/registrations", json=pair)
    assert_problem(refused, "queue-full", 503)
    assert int(refused.headers["retry-after"]) > 0


def test_a_failed_job_says_why(client, pair, upload, tmp_path, workers):
    import SimpleITK as sitk

    other = sitk.GetImageFromArray(np.zeros((10, 10, 10), np.float32))
    sitk.WriteImage(other, str(tmp_path / "other.mha"))
    small = upload((tmp_path / "other.mha").read_bytes()).json()["id"]
    url = client.post("/v1/registrations", json=pair | {"moving": small}).headers["location"]
    while (body := client.get(url).json())["state"] in ("queued", "running"):
        pass
    assert (body["state"], body["error"]["code"]) == ("failed", "scans-do-not-overlap")
    assert_problem(client.get(url + "/field"), "registration-failed", 409)


def test_owners_see_only_their_own(make_client, tmp_path, workers):
    keys = {"a" * 20: "ann", "b" * 20: "bob"}
    client = make_client(api_keys=keys)
    ann, bob = ({"X-API-Key": key} for key in keys)
    files = [("files", image_bytes(FIXED, tmp_path))]
    assert_problem(client.post("/v1/series", files=files), "unauthorized", 401)
    assert_problem(client.get("/v1/registrations", headers={"X-API-Key": "wrong"}), "unauthorized", 401)
    fixed = client.post("/v1/series", files=files, headers=ann).json()["id"]
    moving = client.post("/v1/series", files=files, headers={"Authorization": f"Bearer {'b' * 20}"}).json()["id"]
    assert fixed != moving
    assert_problem(client.get(f"/v1/series/{fixed}", headers=bob), "series-not-found", 404)
    mixed = client.post("/v1/registrations", json={"fixed": fixed, "moving": moving}, headers=ann)
    assert_problem(mixed, "series-not-found", 404)
    url = client.post("/v1/registrations", json={"fixed": fixed, "moving": fixed}, headers=ann).headers["location"]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/field"), ("POST", "/cancel"), ("GET", "/events")):
        assert_problem(client.request(method, url + path, headers=bob), "registration-not-found", 404)
    assert client.get("/v1/registrations", headers=bob).json()["items"] == []
    assert client.get(url, headers=ann).status_code == 200


def test_what_was_lost_with_its_worker_is_finished(client, pair, ports):
    """The upkeep of a running service takes up a job that a dead worker left."""
    import time
    from functools import partial

    from tests.builders.shifted import shift_method
    from worker.handlers.register_pair import register_pair

    url = client.post("/v1/registrations", json=pair).headers["location"]
    job_id = url.rsplit("/", 1)[1]
    ports.queue._jobs[QueueName.REGISTER].get()
    ports.jobs.update(job_id, lambda r: r.moved(JobState.RUNNING, claim="dead", attempts=1))
    ports.queue.serve({QueueName.REGISTER: partial(register_pair, ports=ports, method=shift_method)}, {})
    deadline = time.monotonic() + 20
    while client.get(url).json()["state"] != "succeeded" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.get(url).json()["attempts"] == 2
    assert ports.artefacts.folder(Kind.REGISTRATION, job_id)
