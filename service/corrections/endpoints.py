"""/v1/registrations/ID/correspondences and /revisions: correct by click, look back, undo."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from jobs.messages import Correct, Restore
from jobs.model import JobRecord
from jobs.products import BLOCKS, PRODUCTS
from jobs.revisions import numbered, read_set, require_result
from service.auth import Owner
from service.corrections import service
from service.corrections.schemas import CorrectionOut, CorrectionsIn, CorrespondencesOut, RevisionList
from service.corrections.service import Editable
from service.headers import Wait, etag
from service.openapi_parts import Responses, problems
from service.registrations.products import BigFile, kept_file
from service.registrations.service import find
from service.state import AppState, State
from service.workers import ask

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["corrections"])
READ = problems("registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found")
EDIT = problems(
    "registration-not-found", "registration-not-finished", "registration-failed", "precondition-required",
    "revision-stale", "body-unreadable", "validation-failed", "point-outside-scan", "point-not-finite",
    "correspondence-unknown", "correspondences-contradict", "too-many-correspondences",
    "not-acceptable", "body-too-large",
)  # fmt: skip
LATER: Responses = {
    202: {"description": "The workers are busy; the edit is queued. Read the registration again for its ETag"}
}
BLOCK = {p.media_type: {"schema": {"type": "string", "format": "binary"}} for p in BLOCKS}


@router.patch("/correspondences", response_model=CorrectionOut, responses=EDIT | LATER | {200: {"content": BLOCK}})
def correct_registration(
    body: CorrectionsIn,
    record: Editable,
    state: AppState,
    owner: Owner,
    wait: Wait,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Add, move and remove clicked correspondences. The field passes through every one of them; only `box` changes.

    The result depends on the set alone, not on the order of edits. A refused edit changes nothing.
    With `Accept` of a field format the answer is the changed block, placed in patient space by its own header.
    """
    service.check_amount(body, state.settings.limits)
    format = service.block_format(accept)
    request = Correct(
        job_id=record.id,
        tag=record.revisions[-1].tag,
        by=owner,
        set=tuple(one.kept() for one in body.set),
        remove=tuple(body.remove),
        block_format=format,
    )
    answer = ask(state, request, wait)
    if answer is None or not format or "file" not in answer:
        return answered(record, answer)
    return block(state, record, answer, format)


@router.get("/correspondences", responses=READ)
def read_correspondences(
    job_id: str, response: Response, state: AppState, owner: Owner, revision: int | None = None
) -> CorrespondencesOut:
    """The correction set, now or at a revision."""
    record = find(state.ports, owner, job_id)
    wanted = require_result(record) if revision is None else numbered(record, revision)
    response.headers["ETag"] = etag(wanted.tag)
    return service.set_out(wanted, read_set(state.ports, job_id, wanted))


@router.get("/revisions", responses=READ)
def list_revisions(job_id: str, state: AppState, owner: Owner) -> RevisionList:
    """Who changed what, when."""
    record = find(state.ports, owner, job_id)
    require_result(record)
    return RevisionList(items=[service.revision_out(one) for one in record.revisions])


@router.post(
    "/revisions/{number}/restore", response_model=CorrectionOut, responses=EDIT | problems("revision-not-found") | LATER
)
def restore_revision(number: int, record: Editable, state: AppState, owner: Owner, wait: Wait) -> Response:
    """Undo: a new revision with the set of revision `number`; revision 0 is the registration without corrections."""
    numbered(record, number)
    request = Restore(job_id=record.id, tag=record.revisions[-1].tag, by=owner, number=number)
    return answered(record, ask(state, request, wait))


def answered(record: JobRecord, answer: dict[str, Any] | None) -> Response:
    """The edit as JSON, or 202 while it waits for the worker."""
    if answer is None:
        headers = {"Location": f"/v1/registrations/{record.id}", "Retry-After": "1"}
        return JSONResponse({"state": "pending", "revision": record.revisions[-1].number}, 202, headers)
    headers = {"ETag": etag(answer["tag"])}
    return Response(service.told(record.id, answer).model_dump_json(), 200, headers, "application/json")


def block(state: State, record: JobRecord, answer: dict[str, Any], format: str) -> Response:
    """The changed block as a file of its own, its facts in headers."""
    product = PRODUCTS[f"field.{format}"]
    path = kept_file(state, record.id, answer["file"])
    return BigFile(path, headers=service.fact_headers(answer), media_type=product.media_type, filename=product.file)
