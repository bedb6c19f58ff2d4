"""All ports but the artefacts in dictionaries and threads: one process, nothing durable."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from jobs import journal
from jobs.idempotency import Idempotency, KnownRequest, same_request, unknown_job
from jobs.messages import QueueName, Reply, Request, queues_of
from jobs.model import JobRecord

Asked = tuple[str | None, Request]


class MemoryJobs:
    """Fulfils `jobs.ports.JobStore`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[str, JobRecord] = {}
        self._known: dict[str, KnownRequest] = {}

    def create(self, record: JobRecord, idempotency: Idempotency | None = None) -> JobRecord:
        with self._lock:
            if idempotency and (known := self._known.get(idempotency.key)):
                return self.get(same_request(known, idempotency))
            self._records[record.id] = record
            if idempotency:
                self._known[idempotency.key] = KnownRequest(digest=idempotency.digest, job_id=record.id)
            return record

    def repeated(self, idempotency: Idempotency) -> JobRecord | None:
        known = self._known.get(idempotency.key)
        return self.get(same_request(known, idempotency)) if known else None

    def get(self, job_id: str) -> JobRecord:
        if job_id not in self._records:
            raise unknown_job()
        return self._records[job_id]

    def update(self, job_id: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
        with self._lock:
            record = self._records[job_id] = change(self.get(job_id))
            return record

    def delete(self, job_id: str) -> None:
        with self._lock:
            record = self._records.pop(job_id, None)
            if record and record.idempotency:
                self._known.pop(record.idempotency, None)

    def page(self, owner: str, *, before: str | None, limit: int) -> list[JobRecord]:
        with self._lock:
            own = [r for r in self._records.values() if r.owner == owner and (before is None or r.id < before)]
        return sorted(own, key=lambda record: record.id, reverse=True)[:limit]

    def unfinished(self) -> list[JobRecord]:
        with self._lock:
            return sorted((r for r in self._records.values() if not r.settled), key=lambda record: record.id)

    def ended_before(self, moment: float) -> list[JobRecord]:
        with self._lock:
            return [r for r in self._records.values() if r.finished_at is not None and r.finished_at < moment]

    def ping(self) -> None:
        """A dictionary always answers."""


class MemoryLeases:
    """Fulfils `jobs.ports.Leases` and `jobs.ports.Presence`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}
        self._present: dict[QueueName, tuple[dict[str, str], float]] = {}

    def acquire(self, name: str, token: str, seconds: float) -> bool:
        with self._lock:
            free = self._holder(name) is None
            if free:
                self._held[name] = (token, time.monotonic() + seconds)
            return free

    def extend(self, name: str, token: str, seconds: float) -> bool:
        with self._lock:
            ours = self._holder(name) == token
            if ours:
                self._held[name] = (token, time.monotonic() + seconds)
            return ours

    def release(self, name: str, token: str) -> None:
        with self._lock:
            if self._holder(name) == token:
                del self._held[name]

    def held(self, name: str) -> bool:
        with self._lock:
            return self._holder(name) is not None

    def beat(self, queue: QueueName, seconds: float, about: dict[str, str]) -> None:
        with self._lock:
            self._present[queue] = (about, time.monotonic() + seconds)

    def alive(self, queue: QueueName) -> dict[str, str] | None:
        with self._lock:
            about, end = self._present.get(queue, ({}, 0.0))
        return about if time.monotonic() < end else None

    def _holder(self, name: str) -> str | None:
        token, end = self._held.get(name, (None, 0.0))
        return token if time.monotonic() < end else None


class MemoryCache:
    """Fulfils `jobs.ports.StateCache`."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, dict[str, bytes]]] = {}

    def keep(self, job_id: str, header: bytes, blocks: Iterable[tuple[str, bytes]]) -> None:
        self._kept[job_id] = header, dict(blocks)

    def header(self, job_id: str) -> bytes | None:
        return self._kept[job_id][0] if job_id in self._kept else None

    def blocks(self, job_id: str, names: Sequence[str]) -> list[bytes | None]:
        _, blocks = self._kept.get(job_id, (b"", {}))
        return [blocks.get(name) for name in names]

    def forget(self, job_id: str) -> None:
        self._kept.pop(job_id, None)

    def ping(self) -> None:
        """A dictionary always answers."""


class MemoryQueue:
    """Fulfils `jobs.ports.Queue` and `jobs.ports.Replies`; `serve` runs one worker thread per queue."""

    def __init__(self) -> None:
        self._jobs: dict[QueueName, queue.SimpleQueue[str | None]] = {
            name: queue.SimpleQueue() for name in (QueueName.REGISTER, QueueName.TRANSFER)
        }
        self._requests: dict[QueueName, queue.SimpleQueue[Asked | None]] = {
            name: queue.SimpleQueue() for name in (QueueName.REFINE, QueueName.RENDER)
        }
        self._replies: dict[str, queue.SimpleQueue[Reply]] = {}
        self._threads: list[threading.Thread] = []

    def submit(self, job_id: str, queue: QueueName = QueueName.REGISTER) -> None:
        self._jobs[queue].put(job_id)

    def waiting(self, queue: QueueName = QueueName.REGISTER) -> int:
        return (self._jobs.get(queue) or self._requests[queue]).qsize()

    def ask(self, request: Request, wait_s: float) -> Reply | None:
        ticket = secrets.token_hex(12)
        reply = self._replies[ticket] = queue.SimpleQueue()
        self._requests[queues_of(request)[0]].put((ticket, request))
        try:
            return reply.get(timeout=max(wait_s, 0.01))
        except queue.Empty:
            return None
        finally:
            del self._replies[ticket]

    def tell(self, request: Request) -> None:
        for name in queues_of(request):
            self._requests[name].put((None, request))

    def answer(self, ticket: str, reply: Reply) -> None:
        if waiting := self._replies.get(ticket):
            waiting.put(reply)

    def serve(
        self,
        on_job: dict[QueueName, Callable[[str], None]],
        on_request: dict[QueueName, Callable[[str | None, Request], None]],
    ) -> None:
        """Start taking messages of these queues, each in a thread of its own."""

        def jobs(name: QueueName) -> None:
            while (job_id := self._jobs[name].get()) is not None:
                with _surviving():
                    on_job[name](job_id)

        def requests(name: QueueName) -> None:
            while (message := self._requests[name].get()) is not None:
                with _surviving():
                    on_request[name](*message)

        self._threads = [threading.Thread(target=jobs, args=(name,), daemon=True) for name in on_job]
        self._threads += [threading.Thread(target=requests, args=(name,), daemon=True) for name in self._requests]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no further message; returns when the current ones are done."""
        for jobs in self._jobs.values():
            jobs.put(None)
        for requests in self._requests.values():
            requests.put(None)
        for thread in self._threads:
            thread.join()


@contextmanager
def _surviving() -> Iterator[None]:
    """One message that went wrong is written down; the thread goes on with the next."""
    try:
        yield
    except Exception as error:
        journal.accident("message-failed", error)
