"""A request becomes a job in the queue, once per promise of its sender."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress

from pydantic import BaseModel

from jobs import keys
from jobs.errors import JobError
from jobs.idempotency import Idempotency
from jobs.messages import queue_of
from jobs.model import JobRecord, RegistrationRequest, new_job_id
from jobs.ports import Ports


def promise(owner: str, key: str | None, asked: BaseModel) -> Idempotency | None:
    """What the key of a request stands for, None without key; `asked` is the request as its sender made it."""
    if key is None:
        return None
    digest = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    return Idempotency(keys.idempotency(owner, key), digest)


def start(
    ports: Ports,
    owner: str,
    request: RegistrationRequest,
    idempotency: Idempotency | None,
    notices: tuple[str, ...] = (),
) -> JobRecord:
    """The job of this request: a new one in the queue, or the one its key already made. Whether its series exist and
    fit is for the caller to know. Raises `idempotency-key-reused`."""
    fresh = JobRecord(
        id=new_job_id(),
        owner=owner,
        request=request,
        created_at=time.time(),
        idempotency=idempotency.key if idempotency else None,
        notices=notices,
    )
    record = ports.jobs.create(fresh, idempotency)
    if record.id == fresh.id:
        _submit(ports, record)
    return record


def _submit(ports: Ports, record: JobRecord) -> None:
    """Queue the job; one that cannot be queued is not accepted, and leaves no record that would run later."""
    try:
        ports.queue.submit(record.id, queue_of(record))
    except JobError:
        with suppress(JobError):
            ports.jobs.delete(record.id)
        raise
