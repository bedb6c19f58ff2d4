"""Requests become jobs, jobs become what a client reads."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.errors import NotFoundError
from jobs.fitting import require_fitting
from jobs.messages import QueueName
from jobs.model import Failure, JobRecord, JobState, KeypointRequest, PacsSeries, RegistrationRequest
from jobs.pairs import notices, require_one_patient
from jobs.ports import Ports
from jobs.products import RESOURCES
from jobs.starting import promise
from jobs.starting import start as start_job
from service.errors import ServiceError
from service.registrations.scans import flags, named
from service.registrations.schemas import RegistrationIn, RegistrationOut
from service.settings import Limits, Settings


def find(ports: Ports, owner: str, job_id: str) -> JobRecord:
    """A registration of the owner that is not being purged; raises `registration-not-found`."""
    record = ports.jobs.get(job_id)
    if record.owner != owner or (record.purge and record.finished):
        raise NotFoundError("registration-not-found", "There is no registration of this identifier.")
    return record


def start(ports: Ports, owner: str, body: RegistrationIn, key: str | None, settings: Settings) -> JobRecord:
    """The job of this request: a new one in the queue, or the one its idempotency key already made."""
    idempotency = promise(owner, key, body)
    if idempotency and (known := ports.jobs.repeated(idempotency)) is not None:
        return known  # whatever has become of the queue and the series since
    request = asked(body, named(ports, owner, settings.archives.open_to(owner), body))
    require_startable(ports, owner, request, settings.limits)
    found = flags(ports, request)
    require_one_patient(found, body.confirm)
    return start_job(ports, owner, request, idempotency, notices(found))


def asked(body: RegistrationIn, series: dict[str, str | PacsSeries]) -> RegistrationRequest:
    """The request as the job keeps it; `series` are its scans and masks by field."""
    return RegistrationRequest(
        **series,
        preset=body.preset,
        keypoints=KeypointRequest(detector=body.keypoints.detector, max=body.keypoints.max),
        finish=body.finish,
        field=body.field,
        correspondences=tuple(one.kept() for one in body.correspondences),
        confirm=tuple(body.confirm),
    )


def require_startable(ports: Ports, owner: str, request: RegistrationRequest, limits: Limits) -> None:
    """Raises what it finds missing, misplaced or too much among what the request names; what is still in an archive is
    looked at when it has been fetched."""
    if len(request.correspondences) > limits.correspondences:
        raise ServiceError("validation-failed", f"A request may name {limits.correspondences} correspondences.")
    require_fitting(ports, owner, request)
    if sum(ports.queue.waiting(queue) for queue in (QueueName.REGISTER, QueueName.TRANSFER)) >= limits.queued:
        raise ServiceError("queue-full", f"{limits.queued} registrations are waiting already.")


def shown(record: JobRecord) -> RegistrationOut:
    """A job as clients see it."""
    return RegistrationOut(
        id=record.id,
        state=record.state,
        stage=record.stage,
        progress=record.progress,
        created_at=moment(record.created_at) or "",
        started_at=moment(record.started_at),
        finished_at=moment(record.finished_at),
        attempts=record.attempts,
        request=record.request.model_dump(mode="json"),
        revision=record.current.number if record.current else None,
        model=record.model,
        qa=record.qa,
        timings_s=record.timings_s,
        error=failure(record.error),
        notices=list(record.notices),
        links=links(record),
    )


def failure(error: Failure | None) -> dict[str, object] | None:
    """Why a job or an export failed."""
    return {"code": error.code, "detail": error.message, "details": error.details} if error else None


def links(record: JobRecord) -> dict[str, str]:
    """Where to go from here: always to itself and its events, to the products once they exist."""
    here = f"/v1/registrations/{record.id}"
    series = {
        side: f"/v1/series/{name}"
        for side, name in (("fixed", record.request.fixed), ("moving", record.request.moving))
        if isinstance(name, str)
    }
    found = {"self": here, "events": f"{here}/events"} | series
    if record.state is JobState.SUCCEEDED:
        names = (*RESOURCES, "points", "evaluation", "warp", "correspondences", "revisions", "exports")
        found |= {name.removesuffix(".png"): f"{here}/{name}" for name in names}
    return found


def moment(seconds: float | None) -> str | None:
    """Seconds since 1970 -> ISO 8601."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
