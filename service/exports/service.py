"""Requests become exports of a registration, exports become what a client reads."""

from __future__ import annotations

from jobs.exporting import begin, export_of
from jobs.exports import InstanceOutcome
from jobs.idempotency import Idempotency, KnownRequest, same_request
from jobs.model import Export, JobRecord
from jobs.ports import Ports
from jobs.revisions import numbered, require_result
from jobs.starting import promise
from pacs.settings import Archives
from service.exports.schemas import ExportIn, ExportOut, InstanceOut
from service.registrations.service import failure, moment


def start(ports: Ports, record: JobRecord, body: ExportIn, key: str | None, archives: Archives) -> Export:
    """The export of this request: a new one in the queue, the one that is on its way or has succeeded already, or the
    one that failed, begun again. Raises `idempotency-key-reused`, `pacs-unknown`, `pacs-cannot`."""
    promised = promise(record.owner, key and f"{record.id} {key}", body)
    if promised and (known := _repeated(record, promised)):
        return known
    revision = require_result(record) if body.revision is None else numbered(record, body.revision)
    via = archives.of(body.pacs).way(body.via)
    wanted = export_of(record, revision, body.pacs, via, body.objects, promised)
    return begin(ports, record.id, wanted)


def _repeated(record: JobRecord, promised: Idempotency) -> Export | None:
    """The export that this key already made."""
    for export in record.exports:
        if export.promise and export.promise[0] == promised.key:
            same_request(KnownRequest(digest=export.promise[1], job_id=record.id), promised)
            return export
    return None


def shown(job_id: str, export: Export, outcomes: list[InstanceOutcome]) -> ExportOut:
    """An export as clients see it."""
    here = f"/v1/registrations/{job_id}"
    return ExportOut(
        id=export.id,
        state=export.state,
        pacs=export.pacs,
        via=export.via,
        objects=list(export.objects),
        revision=export.revision,
        attempts=export.attempts,
        created_at=moment(export.created_at) or "",
        started_at=moment(export.started_at),
        finished_at=moment(export.finished_at),
        stored=export.stored,
        already=export.already,
        failed=export.failed,
        instances=[InstanceOut.model_validate(one.model_dump()) for one in outcomes],
        error=failure(export.error),
        links={"self": f"{here}/exports/{export.id}", "registration": here},
    )
