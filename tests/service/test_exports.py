"""Archives over HTTP: named, asked, read from, written to; never an address of theirs."""

import time
from functools import partial

import pytest

from jobs.messages import QueueName
from tests.builders.archived import STUDIES, store_pair, uid
from tests.builders.orthanc import archives, needs_orthanc
from tests.builders.problems import assert_problem
from tests.builders.shifted import shift_method
from worker.archive_health import watched
from worker.handlers.register_pair import register_pair
from worker.handlers.transfer import transfer
from worker.results import OpenResults

pytestmark = needs_orthanc
BY_REFERENCE = {side: {"pacs": "main", "study": STUDIES[side], "series": uid(side)} for side in ("fixed", "moving")}


@pytest.fixture
def client(make_client, pacs):
    return make_client(archives=archives(pacs.archive()))


@pytest.fixture
def both_workers(ports, pacs):
    """Threads that register and transfer."""
    known, results = archives(pacs.archive()), OpenResults(ports)
    ports.queue.serve(
        {
            QueueName.REGISTER: partial(register_pair, ports=ports, method=shift_method),
            QueueName.TRANSFER: lambda job_id: transfer(job_id, ports, known, results),
        },
        {},
    )
    yield
    ports.queue.stop()


def ended(client, url):
    deadline = time.monotonic() + 30
    while (body := client.get(url).json())["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.02)
    return body


@pytest.fixture
def job(client, both_workers, pacs, tmp_path):
    """URL of a registration by reference that has succeeded."""
    store_pair(pacs.archive(), tmp_path / "dicom")
    url = client.post("/v1/registrations", json=BY_REFERENCE).headers["location"]
    assert ended(client, url)["state"] == "succeeded"
    return url


def test_archives_are_listed_by_name(client, ports, pacs):
    silent = client.get("/v1/pacs").json()["items"]
    assert silent == [{"name": "main", "fetch": True, "export": ["stow", "c-store"], "answers": None, "code": None}]
    about = watched(archives(pacs.archive()))
    deadline = time.monotonic() + 10
    while not about and time.monotonic() < deadline:
        time.sleep(0.02)
    ports.presence.beat(QueueName.TRANSFER, 60, about)
    answer = client.get("/v1/pacs")
    assert answer.json()["items"][0]["answers"] is True
    assert str(pacs.http) not in answer.text
    ports.presence.beat(QueueName.TRANSFER, 60, {"pacs:main": "pacs-unreachable"})
    assert client.get("/v1/pacs").json()["items"][0]["code"] == "pacs-unreachable"


def test_an_archive_is_there_for_its_owners_alone(make_client, pacs):
    known = archives(pacs.archive(owners=("ann",)))
    client = make_client(archives=known, api_keys={"a" * 16: "ann", "b" * 16: "bob"})
    ann, bob = ({"X-API-Key": letter * 16} for letter in "ab")
    assert [one["name"] for one in client.get("/v1/pacs", headers=ann).json()["items"]] == ["main"]
    assert client.get("/v1/pacs", headers=bob).json()["items"] == []
    assert client.post("/v1/registrations", json=BY_REFERENCE, headers=ann).status_code == 202
    refused = assert_problem(client.post("/v1/registrations", json=BY_REFERENCE, headers=bob), "pacs-unknown")
    assert "main" not in refused["detail"]
    studies = {side: {"pacs": "main", "study": STUDIES[side]} for side in ("fixed", "moving")}
    assert_problem(client.post("/v1/pairings", json=studies, headers=bob), "pacs-unknown")


def test_scans_are_registered_by_where_they_lie(job, client):
    body = client.get(job).json()
    assert isinstance(body["request"]["fixed"], str)
    assert client.get(body["links"]["fixed"]).status_code == 200
    assert "fetching" in body["timings_s"]


def test_a_promise_holds_for_references(client, pacs, tmp_path):
    store_pair(pacs.archive(), tmp_path / "dicom")
    urls = {
        client.post("/v1/registrations", json=BY_REFERENCE, headers={"Idempotency-Key": "k"}).headers["location"]
        for _ in range(2)
    }
    assert len(urls) == 1


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"pacs": "elsewhere", "study": "1.2", "series": "1.3"}, "pacs-unknown"),
        ({"pacs": "https://evil.example.org", "study": "1.2", "series": "1.3"}, "validation-failed"),
        ({"pacs": "main", "study": "../1", "series": "1.3"}, "validation-failed"),
        ({"pacs": "main", "series": "1.3"}, "validation-failed"),
    ],
)
def test_only_configured_archives_can_be_named(client, named, code):
    answer = client.post("/v1/registrations", json=BY_REFERENCE | {"fixed": named})
    assert_problem(answer, code)


def test_results_go_back_and_are_told_instance_by_instance(job, client, pacs):
    before = pacs.instances()
    answer = client.post(f"{job}/export", json={"pacs": "main"})
    assert answer.status_code == 202
    body = ended(client, answer.headers["location"])
    assert (body["state"], body["via"], body["failed"]) == ("succeeded", "stow", 0)
    assert {one["object"] for one in body["instances"]} == {"registration", "warped", "report", "pre-alignment"}
    assert len(body["instances"]) == body["stored"] == pacs.instances() - before
    again = client.post(f"{job}/export", json={"pacs": "main", "objects": sorted(body["objects"])})
    assert again.headers["location"] == answer.headers["location"]
    assert again.json()["state"] == "succeeded"
    assert [one["id"] for one in client.get(f"{job}/exports").json()["items"]] == [body["id"]]


def test_other_objects_are_another_export(job, client):
    first = client.post(f"{job}/export", json={"pacs": "main", "objects": ["registration"]}).json()
    other = client.post(f"{job}/export", json={"pacs": "main", "objects": ["warped"]}).json()
    assert first["id"] != other["id"]
    assert ended(client, other["links"]["self"])["state"] == "succeeded"


def test_a_key_stands_for_one_export(job, client):
    headers = {"Idempotency-Key": "one"}
    first = client.post(f"{job}/export", json={"pacs": "main"}, headers=headers)
    same = client.post(f"{job}/export", json={"pacs": "main"}, headers=headers)
    other = client.post(f"{job}/export", json={"pacs": "main", "objects": ["warped"]}, headers=headers)
    assert first.headers["location"] == same.headers["location"]
    assert_problem(other, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pacs": "elsewhere"}, "pacs-unknown"),
        ({"pacs": "main", "objects": ["everything"]}, "validation-failed"),
        ({"pacs": "main", "objects": []}, "validation-failed"),
        ({"pacs": "main", "via": "mail"}, "validation-failed"),
        ({"pacs": "main", "revision": 7}, "revision-not-found"),
    ],
)
def test_what_cannot_be_exported(job, client, body, code):
    assert_problem(client.post(f"{job}/export", json=body), code)


def test_exports_go_with_their_registration(job, client, data_files):
    export = client.post(f"{job}/export", json={"pacs": "main"}).headers["location"]
    ended(client, export)
    assert_problem(client.get(f"{job}/exports/nothing"), "export-not-found")
    assert client.delete(job).status_code == 204
    assert_problem(client.get(export), "registration-not-found")
    assert not [name for name in data_files() if "exports" in name]


def test_nothing_is_exported_of_what_has_not_ended(client, pacs):
    url = client.post("/v1/registrations", json=BY_REFERENCE).headers["location"]
    assert_problem(client.post(f"{url}/export", json={"pacs": "main"}), "registration-not-finished")


def test_readiness_asks_for_a_worker_for_transfers_where_archives_are(client, ports, make_client):
    assert "worker-transfer" in client.get("/readyz").json()["parts"]
    assert "worker-transfer" not in make_client().get("/readyz").json()["parts"]
