"""/v1/registrations/ID/evaluation: the field held against landmarks and organs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from jobs.intake import find as find_series
from jobs.messages import Evaluate
from jobs.revisions import numbered, require_result
from service.auth import Owner
from service.errors import ServiceError
from service.evaluation.schemas import EvaluationIn, EvaluationOut
from service.headers import Wait, etag
from service.openapi_parts import problems
from service.registrations.service import find
from service.state import AppState
from service.workers import require

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["evaluation"])


@router.post(
    "/evaluation",
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "series-not-found", "body-unreadable", "validation-failed", "point-not-finite", "point-outside-scan",
        "mask-grid-mismatch", "worker-busy", "body-too-large",
    ),
)  # fmt: skip
def evaluate(
    job_id: str,
    body: EvaluationIn,
    response: Response,
    state: AppState,
    owner: Owner,
    wait: Wait,
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> EvaluationOut:
    """Measure the field, corrections included: landmark errors, overlap and surface distances, smoothness, likeness."""
    record = find(state.ports, owner, job_id)
    wanted = require_result(record) if revision is None else numbered(record, revision)
    points = body.landmarks.fixed if body.landmarks else []
    if len(points) > state.settings.limits.points:
        raise ServiceError("validation-failed", f"A request may name {state.settings.limits.points} landmarks.")
    for organ in body.organs.values():
        for series in (organ.fixed, organ.moving):
            find_series(state.ports, owner, series)
    request = Evaluate(
        job_id=job_id,
        tag=wanted.tag,
        fixed=tuple(points),
        moving=tuple(body.landmarks.moving if body.landmarks else []),
        organs={name: (organ.fixed, organ.moving) for name, organ in body.organs.items()},
    )
    answer = require(state, request, wait)
    response.headers["ETag"] = etag(wanted.tag)
    return EvaluationOut(revision=wanted.number, **answer)
