"""An outage (store, model server, archive) becomes a pause and another try, a few times, each pause longer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from jobs import journal
from jobs.errors import JobError
from pacs.errors import PASSING, PacsError
from registration.errors import KernelregError
from worker.claim import Claim

OUTAGES = frozenset({"store-unavailable", "model-server-unavailable"}) | PASSING
"""Codes of what passes by itself; everything else would fail again."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
STEP_S = 0.5


def patiently(work: Callable[[], None], claim: Claim, pauses_s: tuple[float, ...] = PAUSES_S) -> None:
    """Do the work; raises what is no outage at once, an outage when it has outlasted every pause."""
    for pause in pauses_s:
        try:
            return work()
        except (JobError, KernelregError, PacsError) as error:
            if error.code not in OUTAGES:
                raise
            journal.record("job-waits", logging.WARNING, job=claim.record.id, code=error.code, seconds=pause)
        _wait(pause, claim)
    return work()


def _wait(seconds: float, claim: Claim) -> None:
    """Pause, but notice at once when someone asks to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        claim.report("waiting", claim.record.progress)
        time.sleep(min(STEP_S, left))
