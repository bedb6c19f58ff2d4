"""A thread that takes up jobs whose worker died, in one service process at a time."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jobs import journal
from jobs.ending import take_up
from jobs.errors import JobError
from jobs.ports import Ports

EVERY_S = 2.0
LEASE = "upkeep"
LEASE_S = 6.0


@contextmanager
def upkeep(ports: Ports, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Look after unfinished jobs until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=_look_after, args=(ports, every_s, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _look_after(ports: Ports, every_s: float, stop: threading.Event) -> None:
    token = secrets.token_hex(8)
    while not stop.wait(every_s):
        try:
            if ports.leases.extend(LEASE, token, LEASE_S) or ports.leases.acquire(LEASE, token, LEASE_S):
                for job_id in take_up(ports):
                    journal.record("job-taken-up", logging.WARNING, job=job_id)
        except JobError as error:
            journal.record("upkeep-failed", logging.WARNING, code=error.code)
        except Exception as error:
            journal.accident("upkeep-broken", error)
