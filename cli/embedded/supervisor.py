"""Redis, three workers and the front door as children: started in order, tended, stopped in order."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.embedded.children import Child
from cli.embedded.redis_server import command, wait_until_ready
from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.messages import QueueName
from service.settings import Settings

TEMPORARY = "temporary"
LOOK_EVERY_S = 0.1
READY_S = 120.0
TROUBLE_S = 1.0
"""A child that is restarted with this much patience has died several times in a row."""
STOP_S = {"service": 5.0, "worker-register": 1.0, "worker-refine": 3.0, "worker-render": 1.0, "redis": 10.0}
"""How long each child may take to end by itself; a registration that is cut off is taken up at the next start."""


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first child starts. `redis` is the binary, None when a URL was given."""

    settings: Settings
    redis: Path | None
    listener: socket.socket


def run(plan: Plan, on_ready: Callable[[], None], on_trouble: Callable[[str], None]) -> None:
    """Keep the service running until SIGINT or SIGTERM; what a person should know goes to the two callbacks."""
    DiskArtefacts(plan.settings.data_dir).clear_staging()
    fresh_folder(plan.settings.data_dir / TEMPORARY)
    with told_to_stop() as stop, socket_folder() as folder:
        children = processes(plan, folder)
        try:
            begin(children, folder)
            announce_when_ready(plan.settings, on_ready, stop)
            while not stop.wait(LOOK_EVERY_S):
                tend(children, on_trouble)
        finally:
            for child in reversed(children):
                child.stop(STOP_S[child.name])


def processes(plan: Plan, folder: Path) -> list[Child]:
    """The children in the order of their start."""
    settings, logs = plan.settings, plan.settings.data_dir / "logs"
    environment = child_environment(plan, folder)
    fd = plan.listener.fileno()
    python = (sys.executable, "-m")
    children = [
        Child(f"worker-{queue}", (*python, "worker", queue.value), logs / f"worker-{queue}.log", environment)
        for queue in QueueName
    ]
    children.append(Child("service", (*python, "service", str(fd)), logs / "service.log", environment, pass_fds=(fd,)))
    if plan.redis is None:
        return children
    aof = settings.data_dir / "redis"
    aof.mkdir(mode=0o700, exist_ok=True)
    return [Child("redis", command(plan.redis, aof, folder / "redis.sock"), logs / "redis.log", environment), *children]


def child_environment(plan: Plan, folder: Path) -> dict[str, str]:
    """What children read: folders, URL, keys; whatever they write stays in the data folder."""
    settings = plan.settings
    url = settings.redis_url if plan.redis is None else f"unix://{folder / 'redis.sock'}"
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


def begin(children: list[Child], folder: Path) -> None:
    """Start every child; Redis answers before the others begin."""
    for child in children:
        child.start()
        if child.name == "redis":
            wait_until_ready(f"unix://{folder / 'redis.sock'}")


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
