"""A server for as long as a block runs: started, ready, ended with everything it left behind."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.children import Child
from cli.triton.launch import Launch, launch
from cli.triton.layout import lay_out
from cli.triton.payload import FOLDER, require_payload


@contextmanager
def running(repository: Path, scratch: Path, payload: Path = FOLDER) -> Iterator[Launch]:
    """A ready server over the repository. scratch: for its backends and its log. Raises StartError."""
    found = launch(require_payload(payload).resolve(), lay_out(payload, scratch / "backends"), repository)
    with serving(found, scratch / "triton.log"):
        yield found


@contextmanager
def serving(found: Launch, log: Path) -> Iterator[Child]:
    """The process of a server, ready; killed with its stubs if it does not end by itself."""
    child = Child("triton", found.command, log, found.environment, stop_s=15.0)
    child.start()
    process = child.process
    assert process is not None
    try:
        found.wait(lambda: process.poll() is None)
        yield child
    finally:
        child.stop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the stubs are of its session, and nobody else is
        found.sweep()
