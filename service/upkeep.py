"""Threads that look after what nobody asks for: jobs whose worker died, what was kept long enough, local copies.

Only one service process at a time looks after jobs and retention; each one tidies the copies of its own machine.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from jobs import journal
from jobs.ending import take_up
from jobs.errors import JobError
from jobs.ports import Ports
from jobs.retention import expire

EVERY_S = 2.0
SELDOM_S = 60.0
"""How often copies are looked after."""
RETENTION_EVERY_S = 3600.0
AFTER_OUTAGE_S = 5.0
"""After an outage living workers renew their leases first."""
LEASE_S = 3.0
"""How many rounds a right lasts without its holder."""


@contextmanager
def upkeep(
    ports: Ports, *, retention_days: float, every_s: float = EVERY_S, seldom_s: float = SELDOM_S
) -> Iterator[None]:
    """Look after jobs, retention and copies until the block ends."""
    stop, token = threading.Event(), secrets.token_hex(8)
    often = partial(_alone, ports, "upkeep", token, every_s, lambda: _take_up(ports))
    seldom = partial(_seldom, ports, token, retention_days)
    threads = [
        threading.Thread(target=_repeat, args=(seconds, duty, stop), daemon=True)
        for seconds, duty in ((every_s, often), (seldom_s, seldom))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)


def _seldom(ports: Ports, token: str, retention_days: float) -> None:
    ports.artefacts.tidy()
    if ports.leases.acquire("retention", token, RETENTION_EVERY_S):  # it ends by itself: once an hour, whoever does it
        ports.artefacts.sweep()
        _expire(ports, retention_days)


def _take_up(ports: Ports) -> None:
    for job_id in take_up(ports):
        journal.record("job-taken-up", logging.WARNING, job=job_id)


def _expire(ports: Ports, days: float) -> None:
    for name in expire(ports, days):
        journal.record("expired", name=name)


def _alone(ports: Ports, name: str, token: str, every_s: float, duty: Callable[[], None]) -> None:
    """Do it unless another service process does."""
    lease_s = LEASE_S * every_s
    if ports.leases.extend(name, token, lease_s) or ports.leases.acquire(name, token, lease_s):
        duty()


def _repeat(every_s: float, duty: Callable[[], None], stop: threading.Event) -> None:
    """Again and again, whatever goes wrong."""
    while not stop.wait(every_s):
        try:
            duty()
        except JobError as error:
            journal.record("upkeep-failed", logging.WARNING, code=error.code)
            stop.wait(AFTER_OUTAGE_S)
        except Exception as error:
            journal.accident("upkeep-broken", error)
