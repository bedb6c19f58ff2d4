"""`kernelreg serve`, or `stack`, as a child process on a free port, gone with everything it kept at the end."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.children import MODULE, Child

READY_S, STOP_S = 180.0, 30.0
GREETING = re.compile(r"serves (http://\S+)")


class DemoError(Exception):
    """The demonstration cannot go on; the message is for the person at the terminal."""


@contextmanager
def running(log: Path, *, verb: str = "serve", options: Sequence[str] = ()) -> Iterator[str]:
    """The URL of a service of our own, `serve` or `stack`; what it prints goes to `log`."""
    log.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="kernelreg-demo-") as folder:
        command = (*MODULE, "cli.main", verb, "--port", "0", "--data-dir", folder, *options)
        environment = {**os.environ, "COLUMNS": "400", "PYTHONUNBUFFERED": "1"}
        child = Child("demo", command, log, environment, stop_s=STOP_S)
        child.start()
        try:
            yield _greeted(child)
        finally:
            child.stop()


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
