"""What a registration job is: its record, its states, and the table of allowed moves."""

from __future__ import annotations

import secrets
import time
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from jobs.errors import JobError
from registration.keypoints.names import DEFAULT_DETECTOR

MAX_ATTEMPTS = 3
"""How many workers may die on one thing."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    # back to queued: the worker died or was stopped, another one takes the job up again
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLING, JobState.QUEUED}),
    JobState.CANCELLING: frozenset({JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
"""The allowed moves. Whatever is not listed raises `illegal-move`."""

FINISHED = frozenset(state for state, onward in MOVES.items() if not onward)


class Stored(BaseModel):
    """Base of everything that is kept: immutable; fields that a later version added are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Correspondence(Stored):
    """One click: the tissue at `fixed` lies at `moving`; LPS millimetres (x, y, z) in the two scans."""

    id: str
    fixed: tuple[float, float, float]
    moving: tuple[float, float, float]


class KeypointRequest(Stored):
    """Which detector finds the keypoints, and how many of each scan at most; None is as many as the method likes."""

    detector: str = DEFAULT_DETECTOR
    max: int | None = None


class PacsSeries(Stored):
    """A series that a configured archive holds, still to be fetched."""

    pacs: str
    study: str
    series: str


class RegistrationRequest(Stored):
    """What was asked: series ids, preset, keypoints, dense finish or not, masks (series ids), first correspondences.
    A series of an archive is named by where it lies until it has been fetched, by its id from then on."""

    fixed: str | PacsSeries
    moving: str | PacsSeries
    preset: str = "auto"
    keypoints: KeypointRequest = KeypointRequest()
    finish: bool = True
    fixed_mask: str | PacsSeries | None = None
    moving_mask: str | PacsSeries | None = None
    field: str | None = None
    """A displacement field that was uploaded (series id): it is taken over, nothing is registered."""
    correspondences: tuple[Correspondence, ...] = ()
    confirm: tuple[str, ...] = ()
    """Flags of the pair that the client knows of (`registration.pairing.Flag`)."""

    def named(self) -> dict[str, str | PacsSeries | None]:
        """Every scan and mask, by the field that names it."""
        return {field: getattr(self, field) for field in ("fixed", "moving", "fixed_mask", "moving_mask")}

    def series(self) -> set[str]:
        """Every series that the job reads, of those that are here."""
        return {one for one in (*self.named().values(), self.field) if isinstance(one, str)}

    def awaited(self) -> dict[str, PacsSeries]:
        """What is still to be fetched, by field."""
        return {field: one for field, one in self.named().items() if isinstance(one, PacsSeries)}


class Revision(Stored):
    """One state of the correction set: number, tag (names its stored set, serves as ETag), who, when, what."""

    number: int
    tag: str
    created_at: float
    by: str
    action: str
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    restored_from: int | None = None
    correspondences: int = 0


class Failure(Stored):
    """Why a job or a request failed: stable code, message, named details."""

    code: str
    message: str
    details: dict[str, Any] = {}


class ExportState(StrEnum):
    """Where an export stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


class Export(Stored):
    """Objects of one revision on their way to an archive. What became of each instance lies with the artefacts."""

    id: str
    pacs: str
    via: str
    objects: tuple[str, ...]
    revision: int
    tag: str
    by: str
    created_at: float
    promise: tuple[str, str] | None = None
    """Idempotency key as it is stored, and digest of the request that came with it."""
    state: ExportState = ExportState.QUEUED
    started_at: float | None = None
    finished_at: float | None = None
    attempts: int = 0
    instances: int = 0
    """How many there are to send; 0 before they are written."""
    stored: int = 0
    already: int = 0
    failed: int = 0
    error: Failure | None = None

    @property
    def open(self) -> bool:
        """Whether there is something left to do."""
        return self.state in (ExportState.QUEUED, ExportState.RUNNING)

    def changed(self, **changes: object) -> Export:
        """The export with other values."""
        return self.model_copy(update=changes)


class JobRecord(Stored):
    """Everything about one registration but its arrays."""

    id: str
    owner: str
    request: RegistrationRequest
    created_at: float
    state: JobState = JobState.QUEUED
    idempotency: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    stage: str | None = None
    progress: float = 0.0
    attempts: int = 0
    claim: str | None = None
    """Token of the worker that runs the job; only its holder may write."""
    purge: bool = False
    """Cancel, then remove every trace."""
    model: dict[str, str] | None = None
    qa: dict[str, Any] = {}
    timings_s: dict[str, float] = {}
    revisions: tuple[Revision, ...] = ()
    notices: tuple[str, ...] = ()
    """What the client should know of the two scans."""
    exports: tuple[Export, ...] = ()
    error: Failure | None = None

    @property
    def finished(self) -> bool:
        """Whether no move leads on."""
        return self.state in FINISHED

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to do: the job has ended, nothing of it is on its way to an archive, and nobody
        waits for its traces to go."""
        return self.finished and not self.purge and not any(export.open for export in self.exports)

    @property
    def waits(self) -> bool:
        """Whether the next step is in the hands of no worker: it is queued, or an export of the ended job is."""
        open_exports = [export.state for export in self.exports if export.open]
        return self.state is JobState.QUEUED or (bool(open_exports) and ExportState.RUNNING not in open_exports)

    @property
    def current(self) -> Revision | None:
        """The newest revision, none before the job has succeeded."""
        return self.revisions[-1] if self.revisions else None

    def changed(self, **changes: object) -> JobRecord:
        """The record with other values."""
        return self.model_copy(update=changes)

    def moved(self, state: JobState, **changes: object) -> JobRecord:
        """The record in another state; raises `illegal-move` when the table does not list the move."""
        if state not in MOVES[self.state]:
            raise JobError("illegal-move", f"The registration is {self.state}; it cannot become {state}.")
        finished_at = time.time() if state in FINISHED else None
        return self.changed(state=state, finished_at=finished_at, **changes)


def new_job_id() -> str:
    """An identifier that nobody can guess and that sorts by time of creation."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def new_tag(number: int) -> str:
    """The tag of a revision: unique, also when two clients write the same number at once."""
    return f"r{number}-{secrets.token_hex(4)}"
