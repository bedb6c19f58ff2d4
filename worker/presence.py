"""A thread that says, every few seconds, that this worker is alive."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from jobs.errors import JobError, StoreUnavailableError
from jobs.messages import QueueName
from jobs.ports import MODEL_SERVER, Presence

BEAT_S = 1.0
ALIVE_S = 5.0
Health = Callable[[], None]
"""Raises when what the worker needs beside itself does not answer."""


def announce(
    presence: Presence,
    queue: QueueName,
    about: dict[str, str],
    health: Health | None = None,
    *,
    stop: threading.Event | None = None,
) -> None:
    """Start beating; ends with the process or with `stop`. What `health` raises is told with the next beat."""
    arguments = (presence, queue, about, health, stop or threading.Event())
    threading.Thread(target=_beat, args=arguments, daemon=True).start()


def _beat(
    presence: Presence, queue: QueueName, about: dict[str, str], health: Health | None, stop: threading.Event
) -> None:
    while True:
        with contextlib.suppress(StoreUnavailableError):
            presence.beat(queue, ALIVE_S, about | _state(health))
        if stop.wait(BEAT_S):
            return


def _state(health: Health | None) -> dict[str, str]:
    """What the worker needs beside itself, and whether it is there; nothing for a worker that needs nothing."""
    if health is None:
        return {}
    try:
        health()
    except JobError as error:
        return {MODEL_SERVER: error.code}
    return {MODEL_SERVER: "ok"}
