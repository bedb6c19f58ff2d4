"""Results of a registration go on their way to an archive: put into its record, and into the queue."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from jobs import exports
from jobs.errors import JobError
from jobs.idempotency import Idempotency
from jobs.messages import QueueName
from jobs.model import Export, ExportState, Failure, JobRecord, Revision
from jobs.ports import Ports


def export_of(
    record: JobRecord,
    revision: Revision,
    pacs: str,
    via: str,
    objects: Sequence[str],
    promised: Idempotency | None = None,
) -> Export:
    """An export as the record keeps it, at its beginning."""
    once = tuple(dict.fromkeys(objects))
    return Export(
        id=exports.export_id(record.id, revision.tag, pacs, once),
        pacs=pacs,
        via=via,
        objects=once,
        revision=revision.number,
        tag=revision.tag,
        by=record.owner,
        created_at=time.time(),
        promise=(promised.key, promised.digest) if promised else None,
    )


def begin(ports: Ports, job_id: str, wanted: Export) -> Export:
    """The export in the queue; or the same one that is on its way or has succeeded already."""
    record = ports.jobs.update(job_id, lambda latest: exports.started(latest, wanted))
    found = exports.find_export(record, wanted.id)
    if found == wanted:
        _submit(ports, job_id, found)
    return found


def _submit(ports: Ports, job_id: str, export: Export) -> None:
    """Queue it; one that cannot be queued is not accepted, and does not run later."""
    try:
        ports.queue.submit(job_id, QueueName.TRANSFER)
    except JobError as error:
        why = Failure(code=error.code, message=error.message)
        failed = export.changed(state=ExportState.FAILED, finished_at=time.time(), error=why)
        with suppress(JobError):
            exports.update(ports, job_id, export.id, lambda _: failed)
        raise
