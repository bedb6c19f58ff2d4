"""Requests become jobs, jobs become what a client reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from jobs.errors import NotFoundError
from jobs.intake import find as find_series
from jobs.model import JobRecord, JobState, KeypointRequest, RegistrationRequest
from jobs.pairs import notices, require_one_patient
from jobs.ports import Ports
from jobs.products import RESOURCES
from jobs.starting import promise
from jobs.starting import start as start_job
from registration.errors import ScanError
from registration.geometry import Grid
from registration.refinement.corrections import CorrectionSet, Correspondence
from service.errors import ServiceError
from service.pairings.listing import Named
from service.registrations.scans import flags, scans
from service.registrations.schemas import RegistrationIn, RegistrationOut
from service.schemas import CorrespondenceIn
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
    fixed, moving = (require_uploaded(one) for one in scans(ports, owner, settings.archives, body))
    require_startable(ports, owner, body, fixed, moving, settings.limits)
    found = flags(ports, fixed, moving)
    require_one_patient(found, body.confirm)
    return start_job(ports, owner, asked(body, fixed, moving), idempotency, notices(found))


def require_uploaded(named: Named) -> str:
    """The id of a series that is here."""
    if isinstance(named, str):
        return named
    raise ServiceError("validation-failed", "Only series that were uploaded can be registered.")


def asked(body: RegistrationIn, fixed: str, moving: str) -> RegistrationRequest:
    """The request as the job keeps it."""
    return RegistrationRequest(
        fixed=fixed,
        moving=moving,
        preset=body.preset,
        keypoints=KeypointRequest(detector=body.keypoints.detector, max=body.keypoints.max),
        finish=body.finish,
        fixed_mask=body.masks.fixed,
        moving_mask=body.masks.moving,
        correspondences=tuple(one.kept() for one in body.correspondences),
        confirm=tuple(body.confirm),
    )


def require_startable(ports: Ports, owner: str, body: RegistrationIn, fixed: str, moving: str, limits: Limits) -> None:
    """Raises what it finds missing, misplaced or too much among what the request names."""
    grids = [find_series(ports, owner, name).placed() for name in (fixed, moving)]
    for name, grid in zip((body.masks.fixed, body.masks.moving), grids, strict=True):
        if name is not None:
            require_same_place(find_series(ports, owner, name).placed(), grid)
    require_usable(body.correspondences, grids[0], limits)
    if ports.queue.waiting() >= limits.queued:
        raise ServiceError("queue-full", f"{limits.queued} registrations are waiting already.")


def require_same_place(mask: Grid, scan: Grid) -> None:
    """Raises `mask-grid-mismatch`."""
    if not mask.same_place(scan):
        message = (
            f"A mask must lie on its scan's grid: expected {scan.size} voxels of {scan.spacing_mm} mm, got {mask.size}"
        )
        raise ScanError("mask-grid-mismatch", f"{message} of {mask.spacing_mm} mm (x, y, z), or another place.")


def require_usable(correspondences: Sequence[CorrespondenceIn], fixed: Grid, limits: Limits) -> None:
    """Raises what the worker would object to when it has registered: `point-outside-scan`,
    `correspondences-contradict`; and `validation-failed` for too many."""
    if len(correspondences) > limits.correspondences:
        raise ServiceError("validation-failed", f"A request may name {limits.correspondences} correspondences.")
    CorrectionSet(fixed, tuple(Correspondence(one.id, one.fixed, one.moving) for one in correspondences))


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
        error=failure(record),
        notices=list(record.notices),
        links=links(record),
    )


def failure(record: JobRecord) -> dict[str, object] | None:
    """Why a job failed."""
    return (
        {"code": record.error.code, "detail": record.error.message, "details": record.error.details}
        if record.error
        else None
    )


def links(record: JobRecord) -> dict[str, str]:
    """Where to go from here: always to itself and its events, to the products once they exist."""
    here = f"/v1/registrations/{record.id}"
    series = {
        side: f"/v1/series/{name}"
        for side, name in (("fixed", record.request.fixed), ("moving", record.request.moving))
    }
    found = {"self": here, "events": f"{here}/events"} | series
    if record.state is JobState.SUCCEEDED:
        names = (*RESOURCES, "points", "correspondences", "revisions")
        found |= {name.removesuffix(".png"): f"{here}/{name}" for name in names}
    return found


def moment(seconds: float | None) -> str | None:
    """Seconds since 1970 -> ISO 8601."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
