"""The distributed set as a process tree whose parts can be killed by name; nothing starts them again but itself."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.children import Child

READY_S = 180.0
GREETING = re.compile(r"serves (http://\S+)")
PARTS = {
    "worker-register": ("worker", "register"),
    "worker-refine": ("worker", "refine"),
    "redis-broker": ("redis-broker.sock",),
    "redis-cache": ("redis-cache.sock",),
    "service": ("-m", "service"),
    "triton": ("tritonserver",),
}
"""What the command line of each part holds."""


@dataclass(frozen=True)
class Target:
    """The supervisor's process id, and where its front door answers."""

    pid: int
    url: str
    folder: Path

    def pids(self, part: str) -> list[int]:
        """The living processes of a part."""
        words = PARTS[part]
        return [
            pid for pid in children_of(self.pid) if all(word in words_of(pid) or holds(pid, word) for word in words)
        ]

    def kill(self, part: str) -> bool:
        """SIGKILL one process of a part, as soon as there is one again; whether there was one in time."""
        deadline = time.monotonic() + READY_S
        while not (found := self.pids(part)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if found:
            os.kill(found[0], signal.SIGKILL)
        return bool(found)


@contextmanager
def target(folder: Path, options: Sequence[str] = ()) -> Iterator[Target]:
    """A distributed set over an empty folder, ready; gone afterwards."""
    command = (sys.executable, "-m", "cli.main", "stack", "--port", "0", "--data-dir", str(folder / "data"), *options)
    environment = {**os.environ, "COLUMNS": "400", "PYTHONUNBUFFERED": "1"}
    child = Child("stack", command, folder / "stack.log", environment, stop_s=60)
    child.start()
    assert child.process is not None
    try:
        yield Target(child.process.pid, greeted(child), folder / "data")
    finally:
        child.stop()


def greeted(child: Child) -> str:
    """The URL, as soon as the set has said that it is ready."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if found := GREETING.search(child.log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(f"the set was not ready within {READY_S:.0f} s; see {child.log.name}")


def children_of(pid: int) -> list[int]:
    """Process ids of the direct children."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def words_of(pid: int) -> list[str]:
    """The words of a process's command line; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def holds(pid: int, word: str) -> bool:
    """Whether a word of the command line ends with this: a path by its file name."""
    return any(one.endswith(f"/{word}") for one in words_of(pid))
