"""What service and worker need from the outside, as small protocols. `jobs.adapters` fulfils them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from jobs.figures import Figures, MemorySums
from jobs.idempotency import Idempotency
from jobs.messages import QueueName, Reply, Request
from jobs.model import JobRecord


class Kind(StrEnum):
    """The two kinds of artefact folders."""

    SERIES = "series"
    REGISTRATION = "registrations"


class JobStore(Protocol):
    """Job records; every write is atomic."""

    def create(self, record: JobRecord, idempotency: Idempotency | None = None) -> JobRecord:
        """Keep a new record, or return the one its key already made; raises `idempotency-key-reused`."""

    def repeated(self, idempotency: Idempotency) -> JobRecord | None:
        """The record that this key already made, None for a new key; raises `idempotency-key-reused`."""

    def get(self, job_id: str) -> JobRecord:
        """The record; raises `registration-not-found`."""

    def update(self, job_id: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
        """Replace the record by `change(record)`, again if someone else wrote meanwhile; `change` may raise."""

    def delete(self, job_id: str) -> None:
        """Remove the record, its index entries and its idempotency key."""

    def page(self, owner: str, *, before: str | None, limit: int) -> list[JobRecord]:
        """Records of an owner, newest first, those older than the id `before`."""

    def unfinished(self) -> list[JobRecord]:
        """Records that no move has ended, or that are still to be purged."""

    def ended_before(self, moment: float) -> list[JobRecord]:
        """Records of jobs that ended before a moment, seconds since 1970."""

    def ping(self) -> None:
        """Raise when the store does not answer."""


class ArtefactStore(Protocol):
    """Folders of files: series and registrations. A folder appears whole or not at all."""

    def staging(self) -> AbstractContextManager[Path]:
        """A private empty folder on this machine that is gone afterwards."""

    def publish(self, kind: Kind, name: str, staged: Path, *, replace: bool = False) -> bool:
        """Make a staged folder the artefact; without `replace` False when it was there already."""

    def folder(self, kind: Kind, name: str) -> Path:
        """What was published, to be read here; raises `series-not-found` or `registration-not-found`."""

    def file(self, kind: Kind, name: str, relative: str) -> Path | None:
        """One file of an artefact, published or placed, to be read here; None when it has none of this name."""

    def place(self, kind: Kind, name: str, relative: str, staged: Path) -> None:
        """Add a staged file to an artefact that exists, whole or not at all."""

    def drop(self, kind: Kind, name: str, relative: str) -> None:
        """Remove one file or folder of an artefact, if there."""

    def delete(self, kind: Kind, name: str) -> bool:
        """Remove the whole artefact; whether it was there."""

    def names(self, kind: Kind) -> Iterable[str]:
        """All artefacts of a kind."""

    def ping(self) -> None:
        """Raise when nothing can be written."""

    def tidy(self) -> None:
        """Drop, on this machine, copies of what was purged or is in the way, and what the dead left staged."""

    def sweep(self) -> None:
        """Remove what writers that died left in the store; one process at a time, now and then."""


class Queue(Protocol):
    """The way to the workers, as the service sees it."""

    def submit(self, job_id: str, queue: QueueName = QueueName.REGISTER) -> None:
        """Have the next step of a job taken, by default its registration; once, however often it is submitted."""

    def waiting(self, queue: QueueName = QueueName.REGISTER) -> int:
        """Messages of a queue that no worker has taken yet; by default submitted jobs."""

    def ask(self, request: Request, wait_s: float) -> Reply | None:
        """The worker's reply, None when there is none within `wait_s`; the request stays in its queue."""

    def tell(self, request: Request) -> None:
        """A request without reply."""


class Replies(Protocol):
    """The way back, as the worker sees it."""

    def answer(self, ticket: str, reply: Reply) -> None:
        """Hand the reply to whoever waits for this ticket."""


class Leases(Protocol):
    """Rights that end by themselves when their holder dies."""

    def acquire(self, name: str, token: str, seconds: float) -> bool:
        """Take the right, unless someone else holds it."""

    def extend(self, name: str, token: str, seconds: float) -> bool:
        """Keep the right; False when it was lost."""

    def release(self, name: str, token: str) -> None:
        """Give the right back, if it is still ours."""

    def held(self, name: str) -> bool:
        """Whether anyone holds the right."""


MODEL_SERVER = "model-server"
"""Under this name a worker that uses a model server says `ok`, or the code of what is wrong with it."""


ARCHIVE = "pacs:"
"""Under `pacs:NAME` a transfer worker says `ok` of the archive of this name, or the code of what is wrong with it."""


class Presence(Protocol):
    """Which workers are alive."""

    def beat(self, queue: QueueName, seconds: float, about: dict[str, str]) -> None:
        """A worker of this queue is alive for the next `seconds`; `about` names the model it computes with."""

    def alive(self, queue: QueueName) -> dict[str, str] | None:
        """What a worker of this queue said lately, None when none did."""


class StateCache(Protocol):
    """What is faster to have than to read from the artefacts. May lose anything at any moment; then it is rebuilt."""

    def keep(self, job_id: str, header: bytes, blocks: Iterable[tuple[str, bytes]]) -> None:
        """Keep named blocks of a registration, in place of all before; without its header nothing is there."""

    def header(self, job_id: str) -> bytes | None:
        """What was kept as header, None when it is lost."""

    def blocks(self, job_id: str, names: Sequence[str]) -> list[bytes | None]:
        """The blocks of these names, None for each that is lost."""

    def forget(self, job_id: str) -> None:
        """Remove what is kept of a registration."""

    def ping(self) -> None:
        """Raise when the cache does not answer."""


@dataclass(frozen=True)
class Ports:
    """Everything from the outside, chosen in one place per process."""

    jobs: JobStore
    artefacts: ArtefactStore
    queue: Queue
    leases: Leases
    presence: Presence
    cache: StateCache | None = None
    """None where reading the artefacts is as fast."""
    figures: Figures = field(default_factory=lambda: Figures(MemorySums()))
