"""How a job is stopped and how it disappears: cooperative cancel, purge of every trace, taking up what died."""

from __future__ import annotations

from jobs.errors import JobError, NotFoundError
from jobs.exports import with_exports_again
from jobs.messages import Forget, QueueName, queue_of
from jobs.model import MAX_ATTEMPTS, Failure, JobRecord, JobState
from jobs.ports import Kind, Ports


def cancel(ports: Ports, job_id: str, *, purge: bool) -> JobRecord | None:
    """Ask a job to stop; with `purge` every trace goes as soon as it has. None when it is gone already."""

    def stop(record: JobRecord) -> JobRecord:
        record = record.changed(purge=record.purge or purge)
        if record.state is JobState.QUEUED:
            return record.moved(JobState.CANCELLED)
        return record.moved(JobState.CANCELLING) if record.state is JobState.RUNNING else record

    record = ports.jobs.update(job_id, stop)
    if record.state is JobState.CANCELLING and not ports.leases.held(job_id):
        record = ports.jobs.update(job_id, cancelled)
    if record.finished and record.purge:
        remove(ports, job_id)
        return None
    return record


def cancelled(record: JobRecord) -> JobRecord:
    """The record of a job that has stopped, unless it ended otherwise meanwhile."""
    return record if record.finished else record.moved(JobState.CANCELLED, claim=None)


def remove(ports: Ports, job_id: str) -> None:
    """Every trace of a registration: artefacts, record, index entries, idempotency key, cache, workers' memory."""
    ports.artefacts.delete(Kind.REGISTRATION, job_id)
    if ports.cache:
        ports.cache.forget(job_id)
    ports.jobs.delete(job_id)  # last: a purge that dies before is finished by upkeep
    ports.queue.tell(Forget(job_id=job_id))


def take_up(ports: Ports) -> list[str]:
    """Jobs whose worker died, or whose message was lost, go to the queue of their next step again; half-purged ones
    disappear."""
    waiting = {queue: ports.queue.waiting(queue) for queue in (QueueName.REGISTER, QueueName.TRANSFER)}
    taken = []
    for record in ports.jobs.unfinished():
        if ports.leases.held(record.id) or (record.waits and waiting[queue_of(record)]):
            continue
        if _requeued(ports, record):
            ports.queue.submit(record.id, queue_of(record))
            taken.append(record.id)
    return taken


def _requeued(ports: Ports, seen: JobRecord) -> bool:
    """Whether the job waits for a worker now, and not as `seen` anymore written by someone else."""

    def again(record: JobRecord) -> JobRecord:
        if record != seen:
            raise JobError("claim-lost", "Someone else took the job up.")
        if record.finished:
            return with_exports_again(record)
        if record.state is JobState.CANCELLING:
            return record.moved(JobState.CANCELLED, claim=None)
        if record.state is JobState.RUNNING and record.attempts >= MAX_ATTEMPTS:
            message = f"The worker died on each of {record.attempts} attempts, most likely for lack of memory."
            return record.moved(JobState.FAILED, claim=None, error=Failure(code="worker-lost", message=message))
        return record.moved(JobState.QUEUED, claim=None) if record.state is JobState.RUNNING else record

    try:
        record = ports.jobs.update(seen.id, again)
    except (JobError, NotFoundError) as error:
        if error.code in ("claim-lost", "registration-not-found"):
            return False
        raise
    if record.finished and record.purge:
        remove(ports, record.id)
        return False
    return record.waits
