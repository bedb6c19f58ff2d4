"""The front door over ports in dictionaries, real handlers behind them in threads, and a client."""

import time
from contextlib import ExitStack
from functools import partial

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.messages import QueueName
from jobs.ports import Ports
from service.app import create_app
from service.settings import Limits, Settings
from tests.builders.served import served
from tests.builders.shifted import FIXED, MOVING, image_bytes, shift_method
from worker.handlers.register_pair import register_pair
from worker.requests import answer
from worker.results import OpenResults


@pytest.fixture
def ports(tmp_path):
    leases = MemoryLeases()
    for queue in QueueName:
        leases.beat(queue, 3600, {"name": "shift", "version": "1", "weights_sha256": ""})
    return Ports(MemoryJobs(), DiskArtefacts(tmp_path / "data"), MemoryQueue(), leases, leases)


@pytest.fixture
def workers(ports):
    """Threads behind the queues; without this fixture jobs stay queued."""
    requests = {
        name: partial(answer, ports=ports, replies=ports.queue, results=OpenResults(ports))
        for name in (QueueName.REFINE, QueueName.RENDER)
    }
    ports.queue.serve({QueueName.REGISTER: lambda job_id: register_pair(job_id, ports, shift_method)}, requests)
    yield
    ports.queue.stop()


@pytest.fixture
def make_client(ports, tmp_path):
    """A client of a service with settings of its own."""
    with ExitStack() as running:

        def make(**settings):
            limits = Limits(**settings.pop("limits", {}))
            app = create_app(Settings(data_dir=tmp_path / "data", limits=limits, **settings), ports)
            return running.enter_context(served(app))

        yield make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def data_files(tmp_path):
    """Every file that the service keeps, by its path."""
    root = tmp_path / "data"
    return lambda: sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


@pytest.fixture
def upload(client, tmp_path):
    def upload(*contents, name="x"):
        return client.post("/v1/series", files=[("files", (f"{name}{i}", c)) for i, c in enumerate(contents)])

    return upload


@pytest.fixture
def pair(upload, tmp_path):
    """Ids of two uploaded scans that differ by a shift."""
    fixed, moving = (upload(image_bytes(grid, tmp_path)).json()["id"] for grid in (FIXED, MOVING))
    return {"fixed": fixed, "moving": moving}


@pytest.fixture
def job(client, pair, workers):
    """URL of a registration that has succeeded."""
    url = client.post("/v1/registrations", json=pair).headers["location"]
    return finished(client, url)


def finished(client, url):
    deadline = time.monotonic() + 20
    while (state := client.get(url).json()["state"]) in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert state == "succeeded"
    return url
