"""A thread that drops, once a minute, what this worker's machine still holds of purged registrations."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from jobs import journal
from jobs.errors import JobError

EVERY_S = 60.0


def look_after(*duties: Callable[[], None], every_s: float = EVERY_S) -> None:
    """Do the duties again and again, until the process ends."""
    threading.Thread(target=_repeat, args=(duties, every_s), daemon=True).start()


def _repeat(duties: tuple[Callable[[], None], ...], every_s: float) -> None:
    while True:
        time.sleep(every_s)
        for duty in duties:
            try:
                duty()
            except JobError as error:
                journal.record("upkeep-failed", logging.WARNING, code=error.code)
            except Exception as error:
                journal.accident("upkeep-broken", error)
