"""/v1/registrations/ID/export and /exports: send results back to an archive, and see what became of each instance."""

from __future__ import annotations

from fastapi import APIRouter, Response

from jobs.exports import find_export, read_outcomes
from service.auth import Owner
from service.exports import service
from service.exports.schemas import ExportIn, ExportList, ExportOut
from service.openapi_parts import problems
from service.registrations.endpoints import POLL_AFTER_S, IdempotencyKey
from service.registrations.service import find
from service.state import AppState

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["archives"])


@router.post(
    "/export",
    status_code=202,
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "pacs-unknown", "pacs-cannot", "idempotency-key-reused", "validation-failed", "body-unreadable",
    ),
)  # fmt: skip
def start_export(
    job_id: str,
    body: ExportIn,
    response: Response,
    state: AppState,
    owner: Owner,
    idempotency_key: IdempotencyKey = None,
) -> ExportOut:
    """Send DICOM objects of a registration to an archive. Follow it at `Location`.

    The same revision, archive and objects are the same export: asked for again, it is told as it stands; when it failed
    in whole or in part it begins again with what is missing. UIDs depend on the revision alone: nothing is stored
    twice."""
    record = find(state.ports, owner, job_id)
    export = service.start(state.ports, record, body, idempotency_key, state.settings.archives.open_to(owner))
    response.headers["Location"] = f"/v1/registrations/{job_id}/exports/{export.id}"
    response.headers["Retry-After"] = POLL_AFTER_S
    return service.shown(job_id, export, read_outcomes(state.ports, job_id, export.id))


@router.get("/exports", responses=problems("registration-not-found"))
def list_exports(job_id: str, state: AppState, owner: Owner) -> ExportList:
    """Every export of a registration."""
    record = find(state.ports, owner, job_id)
    return ExportList(items=[service.shown(job_id, export, []) for export in record.exports])


@router.get("/exports/{export_id}", responses=problems("registration-not-found", "export-not-found"))
def read_export(job_id: str, export_id: str, response: Response, state: AppState, owner: Owner) -> ExportOut:
    """Where an export stands, and what became of each instance."""
    export = find_export(find(state.ports, owner, job_id), export_id)
    if export.open:
        response.headers["Retry-After"] = POLL_AFTER_S
    return service.shown(job_id, export, read_outcomes(state.ports, job_id, export_id))
