"""A worker says that it lives, and what is wrong with what it needs."""

import threading
import time

from jobs.adapters.memory import MemoryLeases
from jobs.errors import JobError
from jobs.messages import QueueName
from jobs.ports import MODEL_SERVER
from worker.model_health import health_of
from worker.presence import announce


def told(health):
    leases, stop = MemoryLeases(), threading.Event()
    announce(leases, QueueName.REGISTER, {"name": "m"}, health, stop=stop)
    deadline = time.monotonic() + 10
    while (about := leases.alive(QueueName.REGISTER)) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    return about


def test_a_worker_that_needs_nothing_says_nothing_of_it():
    assert told(None) == {"name": "m"}
    assert health_of("") is None


def test_what_a_worker_needs_is_told_with_its_code():
    def away():
        raise JobError("model-server-unavailable", "It is away.")

    assert told(lambda: None)[MODEL_SERVER] == "ok"
    assert told(away)[MODEL_SERVER] == "model-server-unavailable"


def test_a_model_server_that_is_not_there_is_no_accident():
    assert told(health_of("127.0.0.1:9"))[MODEL_SERVER] == "model-server-unavailable"
