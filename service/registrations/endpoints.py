"""/v1/registrations: start, follow, list, cancel, purge."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from jobs.ending import cancel
from jobs.errors import JobError
from jobs.model import JobRecord
from service.auth import Owner
from service.headers import etag
from service.openapi_parts import PAIR_BODY, problems
from service.registrations import service
from service.registrations.events import event_stream
from service.registrations.schemas import RegistrationIn, RegistrationList, RegistrationOut
from service.series.endpoints import UPLOADING
from service.state import AppState

router = APIRouter(prefix="/v1/registrations", tags=["registrations"])
POLL_AFTER_S = "1"
EVENTS: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}}}
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="Same key, same body: same registration"),
]


@router.post(
    "",
    status_code=202,
    openapi_extra=PAIR_BODY,
    responses=problems(
        "body-unreadable", "validation-failed", "series-not-found", "mask-grid-mismatch", "point-outside-scan",
        "point-not-finite", "correspondences-contradict", "idempotency-key-reused", "queue-full", "body-too-large",
        "study-not-found", "pair-not-found", "pair-ambiguous", "pair-unconfirmed",
        "field-unreadable", "field-grid-mismatch",
        "pacs-unknown", "pacs-cannot", "pacs-unreachable", "pacs-refused", "pacs-answer-invalid",
        *UPLOADING,
    ),
)  # fmt: skip
def start_registration(
    body: RegistrationIn, response: Response, state: AppState, owner: Owner, idempotency_key: IdempotencyKey = None
) -> RegistrationOut:
    """Register `moving` to `fixed`. Follow the job at `Location`; the field will map fixed points to moving points.

    As `multipart/form-data` it takes both scans with it: their files as parts called `fixed` and `moving`, everything
    else of the JSON form as a part called `request`. They become series like any other; the answers of an upload apply.
    """
    return begun(response, service.start(state.ports, owner, body, idempotency_key, state.settings))


@router.get("", responses=problems("validation-failed"))
def list_registrations(
    state: AppState,
    owner: Owner,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
) -> RegistrationList:
    """Your registrations, newest first."""
    records = state.ports.jobs.page(owner, before=cursor, limit=limit + 1)
    more = f"/v1/registrations?limit={limit}&cursor={records[limit - 1].id}" if len(records) > limit else None
    return RegistrationList(items=[service.shown(record) for record in records[:limit]], next=more)


@router.get(
    "/{job_id}",
    response_model=RegistrationOut,
    responses=problems("registration-not-found") | {200: {"content": EVENTS}},
)
def read_registration(
    job_id: str, response: Response, state: AppState, owner: Owner, accept: Annotated[str, Header()] = "*/*"
) -> RegistrationOut | Response:
    """Where a registration stands. With `Accept: text/event-stream` its changes as they happen."""
    record = service.find(state.ports, owner, job_id)
    if "text/event-stream" in accept:
        return event_stream(state, owner, record)
    return answered(response, record)


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses=problems("registration-not-found") | {200: {"content": EVENTS}},
)
def follow_registration(job_id: str, state: AppState, owner: Owner) -> Response:
    """The changes of a registration as server-sent events: `state` at each change, `end` or `gone` at last."""
    return event_stream(state, owner, service.find(state.ports, owner, job_id))


@router.post("/{job_id}/cancel", status_code=202, responses=problems("registration-not-found", "illegal-move"))
def cancel_registration(job_id: str, response: Response, state: AppState, owner: Owner) -> RegistrationOut:
    """Stop a registration and keep its record. It stops between two steps of the method."""
    if service.find(state.ports, owner, job_id).finished:
        raise JobError("illegal-move", "The registration has ended; there is nothing to cancel.")
    return answered(response, cancel(state.ports, job_id, purge=False) or service.find(state.ports, owner, job_id))


@router.delete(
    "/{job_id}",
    status_code=204,
    responses=problems("registration-not-found")
    | {202: {"description": "It is still running; it is being cancelled and purged"}},
)
def purge_registration(job_id: str, response: Response, state: AppState, owner: Owner) -> None:
    """Cancel if necessary, then remove every trace: results, revisions, record, idempotency key."""
    service.find(state.ports, owner, job_id)
    response.status_code = 202 if cancel(state.ports, job_id, purge=True) else 204


def begun(response: Response, record: JobRecord) -> RegistrationOut:
    """A job that was just started, or had been by the same request, and where it is to be found."""
    response.headers["Location"] = f"{router.prefix}/{record.id}"
    return answered(response, record)


def answered(response: Response, record: JobRecord) -> RegistrationOut:
    """The job with the headers that go with it: ETag of its revision, and when to look again while it runs."""
    if record.current:
        response.headers["ETag"] = etag(record.current.tag)
    if not record.finished:
        response.headers["Retry-After"] = POLL_AFTER_S
    response.headers["Cache-Control"] = "no-cache"
    return service.shown(record)
