"""`kernelreg stack` as an operator meets it: every part its own process, artefacts in a real S3 server."""

import signal
import threading
import time

import pytest

from cli.triton.payload import obstacle
from tests.builders.object_store import empty_bucket, objects, s3_server
from tests.builders.shifted import FIXED, SHIFT

pytestmark = pytest.mark.slow
ALONE = "--no-model-server"
WITH_TRITON = () if obstacle() is None else (ALONE,)
"""A real model server where the machine can run one."""


def told_by(server, name):
    """What /metrics says, as soon as it says something of this name."""
    deadline = time.monotonic() + 20
    while name not in (told := server.http.get("/metrics").text) and time.monotonic() < deadline:
        time.sleep(0.2)
    return told


@pytest.fixture
def bucket(monkeypatch):
    """Have everything kept in a bucket."""
    with s3_server() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KERNELREG_ARTEFACTS", empty_bucket())
        yield


def test_the_whole_job_through_the_distributed_set_and_an_object_store(serve, bucket, tmp_path):
    server = serve("--register-workers", "2", *WITH_TRITON, verb="stack")
    assert len(server.tree()) == (7 if WITH_TRITON else 8)
    job = server.register(server.upload_pair())
    body = server.wait(job, "succeeded")
    assert WITH_TRITON or "kernelreg_model_seconds_count" in told_by(server, "kernelreg_model_seconds_count")
    assert body["attempts"] == 1
    tag = server.http.get(job).headers["etag"]
    middle = FIXED.corners().mean(0)
    click = {"id": "a", "fixed": middle.tolist(), "moving": (middle + SHIFT + 1).tolist()}
    edited = server.http.patch(f"{job}/correspondences", json={"set": [click]}, headers={"If-Match": tag})
    assert edited.json()["residuals"][0]["after"] <= 0.05
    _click_after_the_cache_and_the_worker_lost_everything(server, job, click)
    field = server.http.get(f"{job}/field").content
    assert server.end(signal.SIGTERM) == 0
    assert list((tmp_path / "data" / "registrations").iterdir()) == []
    again = serve(ALONE, verb="stack")
    assert again.http.get(f"{job}/field?revision=2").content == field
    for place in (job, *(f"/v1/series/{again.http.get(job).json()['request'][one]}" for one in ("fixed", "moving"))):
        assert again.http.delete(place).status_code == 204
    assert objects() == []
    assert [path for path in (tmp_path / "data" / "copies").rglob("*") if path.is_file()] == []
    assert again.end(signal.SIGINT) == 0


def _click_after_the_cache_and_the_worker_lost_everything(server, job, click):
    """The next click is answered from artefacts alone, and the field is in the cache again."""
    assert server.redis("redis-cache").keys("*")
    server.redis("redis-cache").flushall()
    server.kill("worker", "refine")
    tag = server.http.get(job).headers["etag"]
    headers = {"If-Match": tag, "Prefer": "wait=60"}
    answer = server.http.patch(
        f"{job}/correspondences", json={"set": [click | {"id": "b"}], "remove": ["a"]}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["residuals"][0]["after"] <= 0.05
    assert server.redis("redis-cache").keys("*")


ROUNDS = 200


def test_of_two_clients_at_once_one_wins_and_the_other_is_told(serve):
    """200 rounds through two refine workers: never both, never neither, never a mixture of the two sets."""
    server = serve("--refine-workers", "2", ALONE, verb="stack")
    job = server.register(server.upload_pair())
    server.wait(job, "succeeded")
    middle = FIXED.corners().mean(0)

    def edit(name, number, tag, answers):
        click = {"id": name, "fixed": middle.tolist(), "moving": (middle + SHIFT + number % 7 / 10).tolist()}
        body, headers = {"set": [click], "remove": before}, {"If-Match": tag, "Prefer": "wait=30"}
        answers[name] = server.http.patch(f"{job}/correspondences", json=body, headers=headers)

    before = []
    for number in range(ROUNDS):
        tag, answers = server.http.get(job).headers["etag"], {}
        names = [f"ann-{number}", f"bob-{number}"]
        threads = [threading.Thread(target=edit, args=(name, number, tag, answers)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status_code for answer in answers.values()) == [200, 412]
        before = [name for name, answer in answers.items() if answer.status_code == 200]
        found = server.http.get(f"{job}/correspondences")
        assert [one["id"] for one in found.json()["correspondences"]] == before
        assert found.headers["etag"] == answers[before[0]].headers["etag"]
    assert server.http.get(job).json()["revision"] == ROUNDS
    assert server.end(signal.SIGTERM) == 0
