"""Redis, a worker per queue and the front door as children: started in order, tended, stopped in order."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from cli.embedded.children import MODULE, Child
from cli.embedded.redis_server import command, wait_until_ready
from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.messages import QueueName, served
from service.settings import Settings

TEMPORARY = "temporary"
LOOK_EVERY_S = 0.1
READY_S = 120.0
TROUBLE_S = 1.0
"""A child that is restarted with this much patience has died several times in a row."""
STOP_S = {QueueName.REGISTER: 1.0, QueueName.REFINE: 3.0, QueueName.RENDER: 1.0, QueueName.TRANSFER: 1.0}
"""How long a worker may take to end by itself; a registration that is cut off is taken up at the next start."""
REDIS_STOP_S = 10.0


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first child starts. `redis` is the binary, None when a URL was given;
    `dicom_port` is where DICOM is received, None when it is not."""

    settings: Settings
    redis: Path | None
    listener: socket.socket
    dicom_port: int | None = None


def run(plan: Plan, on_ready: Callable[[], None], on_trouble: Callable[[str], None]) -> None:
    """Keep the service running until SIGINT or SIGTERM; what a person should know goes to the two callbacks."""
    prepare(plan.settings.data_dir)
    with told_to_stop() as stop, socket_folder() as folder:
        announce_when_ready(plan.settings, on_ready, stop)
        supervise(processes(plan, folder), stop, on_trouble)


def prepare(data_dir: Path) -> None:
    """Remove what killed processes left half-written."""
    DiskArtefacts(data_dir).clear_staging()
    fresh_folder(data_dir / TEMPORARY)


def supervise(children: list[Child], stop: threading.Event, on_trouble: Callable[[str], None]) -> None:
    """Start the children in order, start again what dies, end them in the opposite order when told to stop."""
    try:
        for child in children:
            child.start()
            if child.ready:
                child.ready()
        while not stop.wait(LOOK_EVERY_S):
            tend(children, on_trouble)
    finally:
        for child in reversed(children):
            child.stop()


def processes(plan: Plan, folder: Path) -> list[Child]:
    """The children in the order of their start."""
    own = plan.redis and redis_child("redis", plan.settings.data_dir, folder, command(plan.redis))
    url = plan.settings.redis_url if own is None else redis_url(folder, "redis")
    environment = child_environment(plan.settings, url)
    queues = served(bool(plan.settings.archives.named))
    workers = [worker_child(queue, f"worker-{queue}", environment) for queue in queues]
    service = service_child(plan.listener.fileno(), environment)
    return [*([own] if own else []), *workers, service, *receivers(plan.dicom_port, environment)]


def worker_child(queue: QueueName, name: str, environment: dict[str, str]) -> Child:
    """One worker of a queue."""
    command = (*MODULE, "worker", queue.value)
    return Child(name, command, log_file(name, environment), environment, stop_s=STOP_S[queue])


def service_child(fd: int, environment: dict[str, str]) -> Child:
    """The front door on the listening socket `fd`."""
    command = (*MODULE, "service", str(fd))
    return Child("service", command, log_file("service", environment), environment, pass_fds=(fd,))


def receivers(port: int | None, environment: dict[str, str]) -> list[Child]:
    """What receives DICOM on a port; nothing without one."""
    if port is None:
        return []
    told = environment | {"KERNELREG_DICOM_PORT": str(port)}
    return [Child("receiver", (*MODULE, "receiver"), log_file("receiver", environment), told)]


def redis_child(name: str, data_dir: Path, sockets: Path, command: Sequence[str]) -> Child:
    """A Redis of our own; the next child starts when it has read its journal."""
    kept, url = data_dir / name, redis_url(sockets, name)
    kept.mkdir(mode=0o700, exist_ok=True)
    place = ("--dir", str(kept), "--unixsocket", url.removeprefix("unix://"))
    ready = partial(wait_until_ready, url)
    log = data_dir / "logs" / f"{name}.log"
    return Child(name, (*command, *place), log, os.environ, stop_s=REDIS_STOP_S, ready=ready)


def redis_url(sockets: Path, name: str) -> str:
    """Where a Redis of our own answers."""
    return f"unix://{sockets / name}.sock"


def log_file(name: str, environment: dict[str, str]) -> Path:
    """Where a child writes down what happens."""
    return Path(environment["KERNELREG_DATA_DIR"]) / "logs" / f"{name}.log"


def child_environment(settings: Settings, url: str) -> dict[str, str]:
    """What children read: folders, the URL of Redis, keys; whatever they write stays in the data folder."""
    own = {
        "KERNELREG_DATA_DIR": str(settings.data_dir),
        "KERNELREG_REDIS_URL": url,
        "KERNELREG_HOST": settings.host,
        "KERNELREG_PORT": str(settings.port),
        "TMPDIR": str(settings.data_dir / TEMPORARY),
        "TORCHINDUCTOR_CACHE_DIR": str(settings.data_dir / "cache"),
        "PYTHONUNBUFFERED": "1",
    }
    return dict(os.environ) | own


def tend(children: list[Child], on_trouble: Callable[[str], None]) -> None:
    """Start again what has died; say so when it keeps dying."""
    for child in children:
        if child.tend() and child.wait_s >= TROUBLE_S:
            on_trouble(f"{child.name} keeps ending, see {child.log}; trying again in {child.wait_s:.0f} s.")


def announce_when_ready(settings: Settings, on_ready: Callable[[], None], stop: threading.Event) -> None:
    """Call `on_ready` from a thread as soon as /readyz says so."""

    def watch() -> None:
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/readyz"
        deadline = time.monotonic() + READY_S
        while not stop.wait(0.1) and time.monotonic() < deadline:
            try:
                if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    on_ready()
                    return
            except httpx.HTTPError:
                continue

    threading.Thread(target=watch, daemon=True).start()


def fresh_folder(path: Path) -> None:
    """An empty private folder; what killed processes left in it goes."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A short private path for the socket of Redis: the system allows about a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="kernelreg-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
