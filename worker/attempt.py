"""A claimed job is worked on, patiently; its record tells how that ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from jobs import figures, journal
from jobs.ending import remove
from jobs.errors import JobError, NotFoundError
from jobs.model import Failure, JobState
from jobs.ports import Kind, Ports
from pacs.errors import PacsError
from registration.errors import CancelledError, KernelregError
from worker.claim import Claim, Limit, claimed
from worker.patience import patiently

OUT_OF_MEMORY = Failure(code="worker-lost", message="The worker ran out of memory.")
BROKEN = Failure(code="internal", message="Something went wrong inside the worker.")


def attempt(job_id: str, ports: Ports, work: Callable[[Claim], None], limit: Limit) -> None:
    """Do the work once, however often the job is delivered; `work` moves the record on when it has succeeded."""
    with claimed(ports, job_id, limit=limit) as claim:
        if claim is None:
            journal.record("job-skipped", job=job_id)
            return
        journal.record("job-started", job=job_id, attempt=claim.record.attempts)
        if claim.record.attempts == 1 and not claim.record.timings_s:  # of a job's first step alone
            ports.figures.observe(figures.WAITED, time.time() - claim.record.created_at)
        try:
            patiently(lambda: work(claim), claim)
        except CancelledError:
            _end(claim, ports, JobState.CANCELLED)
        except (KernelregError, JobError, PacsError) as error:
            _end(claim, ports, JobState.FAILED, Failure(code=error.code, message=error.message, details=error.details))
        except MemoryError:
            _end(claim, ports, JobState.FAILED, OUT_OF_MEMORY)
        except Exception as error:
            journal.accident("job-broken", error, job=job_id)
            _end(claim, ports, JobState.FAILED, BROKEN)
    _purge_if_asked(job_id, ports)


def _end(claim: Claim, ports: Ports, state: JobState, failure: Failure | None = None) -> None:
    """Write down how the job ended, unless it is no longer ours or is gone."""
    try:
        record = claim.move(state, error=failure)
    except (NotFoundError, JobError) as error:
        journal.record("job-abandoned", logging.WARNING, job=claim.record.id, code=error.code)
        return
    journal.record(f"job-{record.state}", job=record.id, code=failure.code if failure else None)
    ports.figures.count(figures.ENDED, state=record.state, code=failure.code if failure else "ok")


def _purge_if_asked(job_id: str, ports: Ports) -> None:
    try:
        record = ports.jobs.get(job_id)
    except NotFoundError:
        ports.artefacts.delete(Kind.REGISTRATION, job_id)  # purged while we were storing
        if ports.cache:
            ports.cache.forget(job_id)
        return
    if record.purge and record.finished:
        remove(ports, job_id)
