"""Requests become exports of a registration, exports become what a client reads."""

from __future__ import annotations

from jobs.exporting import begin, export_of
from jobs.exports import InstanceOutcome
from jobs.idempotency import Idempotency, KnownRequest, same_request
from jobs.model import Export, JobRecord
from jobs.ports import Ports
from jobs.revisions import numbered, require_result
from jobs.starting import promise
from pacs.errors import PacsError
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
    wanted = export_of(record, revision, body.pacs, way(archives, body), body.objects, promised)
    return begin(ports, record.id, wanted)


def way(archives: Archives, body: ExportIn) -> str:
    """How the objects will be sent."""
    ways = archives.of(body.pacs).ways_in
    if body.via is not None and body.via not in ways:
        raise PacsError("pacs-cannot", f"This archive takes objects by {', '.join(ways)}, not by {body.via}.")
    return body.via or ways[0]


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
