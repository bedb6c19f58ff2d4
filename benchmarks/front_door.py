"""The front door alone, as a process of its own over a Redis of its own: what uploads cost it can be read off."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.embedded.redis_server import FORGETFUL, command, require_binary, wait_until_ready

READY_S = 60.0


@dataclass(frozen=True)
class FrontDoor:
    """Where it answers, its process, its data folder, and the folder it may use for temporary files."""

    url: str
    pid: int
    data: Path
    temporary: Path

    def memory_mb(self) -> dict[str, float]:
        """Resident memory: its peak since the start or `forget_peak`, and now."""
        lines = (line.split() for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        found = {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines if len(words) == 3 and words[2] == "kB"}
        return {"peak": found["VmHWM"], "resident": found["VmRSS"]}

    def forget_peak(self) -> None:
        """Measure the peak anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def kept(self) -> list[str]:
        """Every file in the data folder and among the temporary ones, by its path."""
        return sorted(str(p) for place in (self.data, self.temporary) for p in place.rglob("*") if p.is_file())


@contextmanager
def front_door(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[FrontDoor]:
    """A front door over an empty folder, ready; gone afterwards. What it prints goes to `service.log`."""
    (folder / "temporary").mkdir()
    with redis(folder) as redis_url, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environment = {
            **os.environ,
            "KERNELREG_DATA_DIR": str(folder / "data"),
            "KERNELREG_REDIS_URL": redis_url,
            "TMPDIR": str(folder / "temporary"),
            **(settings or {}),
        }
        arguments = [sys.executable, "-m", "service", str(listener.fileno())]
        with (folder / "service.log").open("wb") as log:
            process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log, pass_fds=[listener.fileno()])
        try:
            wait_until_answering(url)
            yield FrontDoor(url, process.pid, folder / "data", folder / "temporary")
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis that forgets everything in the end."""
    place = folder / "redis.sock"
    arguments = [*command(require_binary(), FORGETFUL), "--dir", str(folder), "--unixsocket", str(place)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(f"unix://{place}")
        yield f"unix://{place}"
    finally:
        process.terminate()
        process.wait(10)


def wait_until_answering(url: str) -> None:
    """Return when /healthz does."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            httpx.get(f"{url}/healthz", trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
