"""A thread that says, every few seconds, that this worker is alive."""

from __future__ import annotations

import contextlib
import threading

from jobs.errors import StoreUnavailableError
from jobs.messages import QueueName
from jobs.ports import Presence

BEAT_S = 1.0
ALIVE_S = 5.0


def announce(presence: Presence, queue: QueueName, about: dict[str, str], stop: threading.Event | None = None) -> None:
    """Start beating; ends with the process or with `stop`."""
    threading.Thread(target=_beat, args=(presence, queue, about, stop or threading.Event()), daemon=True).start()


def _beat(presence: Presence, queue: QueueName, about: dict[str, str], stop: threading.Event) -> None:
    while True:
        with contextlib.suppress(StoreUnavailableError):
            presence.beat(queue, ALIVE_S, about)
        if stop.wait(BEAT_S):
            return
