"""The right to run a job: taken by compare-and-set, kept by heartbeats, lost when this process dies."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from jobs.errors import JobError, NotFoundError, StoreUnavailableError
from jobs.model import Failure, JobRecord, JobState
from jobs.ports import Ports
from registration.errors import CancelledError

LEASE_S = 10.0
REPORT_EVERY_S = 0.2
OUTAGE_S = 120.0
"""How long a finished job waits for a job store that does not answer."""
TOO_LONG = "job-too-long"


@dataclass(frozen=True)
class Limit:
    """How long a job may take: after `seconds` its next report ends it; `grace_s` later it is failed from outside, and
    `overrun` is called because the thread that computes cannot be stopped."""

    seconds: float = 3600.0
    grace_s: float = 30.0
    overrun: Callable[[], None] = lambda: None

    def failure(self) -> Failure:
        """What the record says of a job that took longer."""
        return Failure(code=TOO_LONG, message=f"The registration took longer than the {self.seconds:g} s it may take.")


class Claim:
    """A running job in our hands. Every write checks that it still is."""

    def __init__(self, ports: Ports, record: JobRecord, token: str, limit: Limit) -> None:
        self.record = record
        self.limit = limit
        self.began = time.monotonic()
        self._ports = ports
        self._token = token
        self._reported = 0.0

    def report(self, stage: str, fraction: float) -> None:
        """Note stage and progress. Raises CancelledError when someone asked to stop or the job is no longer ours,
        `job-too-long` when its time is up."""
        now = time.monotonic()
        if now - self.began > self.limit.seconds:
            raise JobError(TOO_LONG, self.limit.failure().message)
        if stage == self.record.stage and now - self._reported < REPORT_EVERY_S:
            return
        self._reported = now
        try:
            self.record = self.write(lambda r: r.changed(stage=stage, progress=round(min(max(fraction, 0), 1), 4)))
        except StoreUnavailableError:
            return  # progress can wait, the registration goes on
        except (NotFoundError, JobError) as error:
            raise CancelledError from error
        if self.record.state is JobState.CANCELLING:
            raise CancelledError

    def move(self, state: JobState, **changes: object) -> JobRecord:
        """End the job, or give it back; waits for a job store that is being restarted."""
        deadline = time.monotonic() + OUTAGE_S
        while True:
            try:
                return self.write(lambda r: r.moved(self._state(r, state), **({"claim": None} | changes)))
            except StoreUnavailableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def write(self, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
        """Change the record; raises `claim-lost` when another worker holds the job."""

        def ours(record: JobRecord) -> JobRecord:
            if record.claim != self._token:
                raise JobError("claim-lost", "Another worker has taken this registration up.")
            return change(record)

        return self._ports.jobs.update(self.record.id, ours)

    @staticmethod
    def _state(record: JobRecord, wanted: JobState) -> JobState:
        """Whoever asked to cancel gets a cancelled job, however it ended."""
        return JobState.CANCELLED if record.state is JobState.CANCELLING else wanted


DEFAULT_LIMIT = Limit()


@contextmanager
def claimed(
    ports: Ports, job_id: str, *, lease_s: float = LEASE_S, limit: Limit = DEFAULT_LIMIT
) -> Iterator[Claim | None]:
    """The job, moved to running, with a beating lease; None when it is not to be run (again) by us."""
    token = secrets.token_hex(8)
    if not ports.leases.acquire(job_id, token, lease_s):
        yield None
        return
    stop = threading.Event()
    try:
        record = _start(ports, job_id, token)
        claim = Claim(ports, record, token, limit) if record else None
        if claim:
            threading.Thread(target=_beat, args=(ports, claim, token, lease_s, stop), daemon=True).start()
        yield claim
    finally:
        stop.set()
        ports.leases.release(job_id, token)


def _start(ports: Ports, job_id: str, token: str) -> JobRecord | None:
    """Queued, or left running by a dead worker: ours now. Anything else: not to be run."""

    def take(record: JobRecord) -> JobRecord:
        if record.state is JobState.RUNNING:
            record = record.moved(JobState.QUEUED)
        started = {"started_at": time.time(), "stage": None, "progress": 0.0}
        return record.moved(JobState.RUNNING, claim=token, attempts=record.attempts + 1, **started)

    try:
        return ports.jobs.update(job_id, take)
    except JobError as error:
        if error.code in ("illegal-move", "registration-not-found"):
            return None
        raise


def _beat(ports: Ports, claim: Claim, token: str, lease_s: float, stop: threading.Event) -> None:
    job_id, hard_s = claim.record.id, claim.limit.seconds + claim.limit.grace_s
    while not stop.wait(lease_s / 4):
        if time.monotonic() - claim.began > hard_s:
            _stop_from_outside(claim)
            return
        try:
            if not ports.leases.extend(job_id, token, lease_s):
                ports.leases.acquire(job_id, token, lease_s)  # expired in an outage; the record's claim still decides
        except StoreUnavailableError:
            continue


def _stop_from_outside(claim: Claim) -> None:
    """The job does not come to a report anymore: say so in its record, then give up the process."""
    with suppress(JobError):
        claim.move(JobState.FAILED, error=claim.limit.failure())
    claim.limit.overrun()
