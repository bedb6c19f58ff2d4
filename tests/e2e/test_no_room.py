"""The distributed set without room: disk, Redis and queue full one after the other. Refused at once, nothing lost."""

import resource
import signal
import time

import pytest

from tests.builders.problems import assert_problem

pytestmark = pytest.mark.slow
SMALL = 20_000


@pytest.fixture
def server(serve, monkeypatch):
    monkeypatch.setenv("KERNELREG_LIMIT_QUEUED", "2")
    server = serve("--no-model-server", verb="stack")
    yield server
    assert server.end(signal.SIGTERM) == 0


def no_file_larger(pid, size):
    """As on a full disk: writes beyond the size fail."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def test_without_room_everything_is_refused_in_time_and_nothing_is_lost(server):
    pair = server.upload_pair()
    _a_full_disk_at_the_workers(server, pair)
    _a_full_disk_at_the_door(server, pair)
    _a_redis_without_memory(server, pair)
    _a_full_queue(server, pair)


def _a_full_disk_at_the_workers(server, pair):
    worker = server.child("worker", "register")
    no_file_larger(worker, SMALL)
    job = server.register(pair)
    server.wait(job, "failed")
    assert server.http.get(job).json()["error"]["code"] == "storage-full"
    no_file_larger(worker, resource.RLIM_INFINITY)
    server.wait(server.register(pair), "succeeded")


def _a_full_disk_at_the_door(server, pair):
    door = server.child("-m", "service")
    no_file_larger(door, SMALL)
    answer = server.http.post("/v1/series", files={"files": b"x" * 10 * SMALL})
    assert_problem(answer, "storage-full", 507)
    assert int(answer.headers["retry-after"]) > 0
    no_file_larger(door, resource.RLIM_INFINITY)
    assert server.upload_pair() == pair


def _a_redis_without_memory(server, pair):
    accepted, redis = server.register(pair), server.redis("redis-broker")
    redis.config_set("maxmemory", "1")
    answer = server.http.post("/v1/registrations", json=pair)
    assert_problem(answer, "store-unavailable", 503)
    assert int(answer.headers["retry-after"]) > 0
    redis.config_set("maxmemory", "0")
    assert server.wait(accepted, "succeeded")["attempts"] <= 2
    server.wait(server.register(pair), "succeeded")
    assert [job["state"] for job in server.http.get("/v1/registrations").json()["items"]].count("succeeded") == 3


def _a_full_queue(server, pair):
    accepted, deadline = [], time.monotonic() + 60
    while (answer := server.http.post("/v1/registrations", json=pair)).status_code == 202:
        accepted.append(answer.headers["location"])
        assert time.monotonic() < deadline
    assert_problem(answer, "queue-full", 503)
    assert int(answer.headers["retry-after"]) > 0
    assert {server.wait(job, "succeeded")["state"] for job in accepted} == {"succeeded"}
