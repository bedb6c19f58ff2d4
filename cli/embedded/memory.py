"""The whole service in one process: worker threads, records in dictionaries, nothing left when it ends."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cli.embedded.supervisor import announce_when_ready, told_to_stop
from jobs import figures
from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.messages import QueueName, served
from jobs.ports import Ports
from pacs.settings import Archives
from service.__main__ import server
from service.app import create_app
from service.settings import Settings

PREFIX = "volatile-"


def run(settings: Settings, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then remove every scan and result."""
    with told_to_stop() as stop, volatile(settings.data_dir) as folder, working(folder, settings.archives) as ports:
        door = server(create_app(settings, ports), settings)
        thread = threading.Thread(
            target=door.run, args=([listener],)
        )  # in a thread, so that signals come to us and everything is removed
        thread.start()
        announce_when_ready(settings, on_ready, stop)
        stop.wait()
        door.should_exit = True
        thread.join()


@contextmanager
def working(folder: Path, archives: Archives) -> Iterator[Ports]:
    """Ports with a worker thread behind each queue."""
    from registration.model import default_model
    from worker.archive_health import watched
    from worker.handlers.register_pair import register_pair
    from worker.handlers.transfer import transfer
    from worker.method import method_with
    from worker.presence import announce
    from worker.requests import answer
    from worker.results import OpenResults
    from worker.upkeep import look_after

    leases, queue = MemoryLeases(), MemoryQueue()
    ports = Ports(MemoryJobs(), DiskArtefacts(folder), queue, leases, leases)
    model, stop = default_model(), threading.Event()
    method = method_with(model)
    steps: dict[QueueName, Callable[[str], None]] = {
        QueueName.REGISTER: lambda job_id: register_pair(job_id, ports, method)
    }
    about = dict.fromkeys(served(bool(archives.named)), vars(model.identity))
    if archives.named:
        results = OpenResults(ports)
        steps[QueueName.TRANSFER] = lambda job_id: transfer(job_id, ports, archives, results)
        about[QueueName.TRANSFER] = watched(archives)
    queue.serve(
        on_job=steps,
        on_request={
            name: partial(answer, ports=ports, replies=queue, results=OpenResults(ports))
            for name in (QueueName.REFINE, QueueName.RENDER)
        },
    )
    look_after(ports.figures.send, every_s=figures.EVERY_S)
    for name, words in about.items():
        announce(leases, name, words, stop=stop)
    try:
        yield ports
    finally:
        stop.set()
        queue.stop()


@contextmanager
def volatile(data_dir: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; those of processes that were killed go first."""
    for left in data_dir.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=data_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
