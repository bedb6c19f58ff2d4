"""A right that is kept by heartbeats for as long as a block runs, and ends by itself when this process dies."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jobs.errors import StoreUnavailableError
from jobs.ports import Leases
from worker.claim import LEASE_S


@contextmanager
def leased(leases: Leases, name: str, lease_s: float = LEASE_S) -> Iterator[bool]:
    """Whether the right is ours; kept until the block ends."""
    token, stop = secrets.token_hex(8), threading.Event()
    if not leases.acquire(name, token, lease_s):
        yield False
        return
    threading.Thread(target=_beat, args=(leases, name, token, lease_s, stop), daemon=True).start()
    try:
        yield True
    finally:
        stop.set()
        with suppress(StoreUnavailableError):  # it ends by itself
            leases.release(name, token)


def _beat(leases: Leases, name: str, token: str, lease_s: float, stop: threading.Event) -> None:
    while not stop.wait(lease_s / 4):
        with suppress(StoreUnavailableError):
            if not leases.extend(name, token, lease_s):
                leases.acquire(name, token, lease_s)  # expired in an outage
