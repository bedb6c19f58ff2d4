"""`kernelreg serve` as a child process: started on a free port, gone with everything it kept when the block ends."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.children import Child

READY_S, STOP_S = 180.0, 30.0
GREETING = re.compile(r"serves (http://\S+)")


class DemoError(Exception):
    """The demonstration cannot go on; the message is for the person at the terminal."""


@contextmanager
def running(log: Path) -> Iterator[str]:
    """The URL of a service of our own; what it prints goes to `log`."""
    log.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="kernelreg-demo-") as folder:
        command = (sys.executable, "-m", "cli.main", "serve", "--port", "0", "--data-dir", folder)
        child = Child("demo", command, log, {**os.environ, "COLUMNS": "400", "PYTHONUNBUFFERED": "1"})
        child.start()
        try:
            yield _greeted(child)
        finally:
            child.stop(STOP_S)


def _greeted(child: Child) -> str:
    """The URL, as soon as the service has said that it is ready."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        printed = child.log.read_text(errors="replace")
        if found := GREETING.search(printed):
            return found[1]
        if child.process is None or child.process.poll() is not None:
            raise DemoError(f"the service ended before it was ready: {printed.strip()[-500:]}")
        time.sleep(0.1)
    raise DemoError(f"the service was not ready within {READY_S:.0f} s; see {child.log}")
