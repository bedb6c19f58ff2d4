"""A real `kernelreg serve` or `stack` process tree on a free port, and ways to end it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from jobs.adapters.redis_client import connect
from tests.builders.shifted import FIXED, MOVING, image_bytes

READY_S, JOB_S = 90, 120


class Server:
    """One `kernelreg serve` or `stack`, its output and its client."""

    def __init__(self, data_dir, *options, verb="serve"):
        command = [sys.executable, "-m", "cli.main", verb, "--port", "0", "--data-dir", str(data_dir), *options]
        environment = dict(os.environ) | {"OMP_NUM_THREADS": "1", "COLUMNS": "300"}
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = subprocess.Popen(command, env=environment, **both)
        self.line = self.process.stdout.readline()
        assert "kernelreg serves http://127.0.0.1:" in self.line, self.line + self.process.stdout.read()
        url = self.line.split("serves ")[1].split()[0]
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def tree(self):
        """Process ids of all children."""
        return [int(p) for p in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def child(self, *words):
        """The one child whose command line holds these words."""
        found = [pid for pid in self.tree() if all(w in Path(f"/proc/{pid}/cmdline").read_text() for w in words)]
        assert len(found) == 1, words
        return found[0]

    def kill(self, *words):
        """Kill the one child of these words and wait for its successor: a message to the dead comes back only late."""
        gone = self.child(*words)
        os.kill(gone, signal.SIGKILL)
        deadline, fresh = time.monotonic() + 30, gone
        while fresh == gone and time.monotonic() < deadline:
            time.sleep(0.1)
            with contextlib.suppress(AssertionError, FileNotFoundError, ProcessLookupError):
                fresh = self.child(*words)
        assert fresh != gone, words

    def redis(self, name):
        """A client of one of the two Redis of a stack."""
        title = Path(f"/proc/{self.child(f'{name}.sock')}/cmdline").read_text()
        return connect("unix://" + re.search(rf"/\S+{name}\.sock", title)[0])

    def end(self, number):
        """Send a signal to the supervisor; everything is gone afterwards."""
        children = self.tree()
        self.process.send_signal(number)
        code = self.process.wait(30)
        deadline = time.monotonic() + 10
        while any(alive(pid) for pid in children) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [pid for pid in children if alive(pid)] == []
        self.http.close()
        self.process.stdout.close()
        return code

    def upload_pair(self):
        def upload(grid):
            return self.http.post("/v1/series", files={"files": image_bytes(grid, self.folder)}).json()["id"]

        return {"fixed": upload(FIXED), "moving": upload(MOVING)}

    def register(self, pair):
        return self.http.post("/v1/registrations", json=pair).headers["location"]

    def wait(self, url, *states):
        """The job as soon as it is in one of the states."""
        deadline = time.monotonic() + JOB_S
        while (body := self.http.get(url).json())["state"] not in states:
            assert time.monotonic() < deadline, body
            assert body["state"] in ("queued", "running"), body
            time.sleep(0.02)
        return body


def alive(pid):
    """Whether a process runs; one that only waits to be collected does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def serve(tmp_path):
    """Start servers over one data folder; whatever still runs at the end is killed."""
    started = []

    def serve(*options, verb="serve"):
        server = Server(tmp_path / "data", *options, verb=verb)
        server.folder = tmp_path
        started.append(server)
        return server

    yield serve
    for server in started:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)
