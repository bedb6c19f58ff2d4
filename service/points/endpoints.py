"""/v1/registrations/ID/points: map points either way."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from jobs.messages import Direction, MapPoints
from jobs.revisions import numbered, require_result
from service.auth import Owner
from service.errors import ServiceError
from service.headers import Wait, etag
from service.openapi_parts import problems
from service.registrations.service import find
from service.schemas import Body, Point
from service.state import AppState
from service.workers import require

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["points"])


EXAMPLE: dict[str, JsonValue] = {
    "points": [[-42.5, -150.0, 790.0], [12.0, -171.5, 801.5]],
    "direction": "fixed-to-moving",
}


class PointsIn(Body):
    """Points of one scan, LPS millimetres."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    points: list[Point]
    direction: Direction = Field(default=Direction.FIXED_TO_MOVING, description="Which way they travel")


class PointsOut(BaseModel):
    """The points in the other scan, in the same order."""

    points: list[tuple[float, float, float]]
    direction: Direction
    revision: int
    residual_mm: list[float] | None = Field(
        description="Moving to fixed only: how far the field, taken at the answer, misses the point that was asked"
    )
    converged: list[bool] | None = Field(
        description="Moving to fixed only: false where the answer is nothing to rely on"
    )


@router.post(
    "/points",
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "body-unreadable", "validation-failed", "point-not-finite", "point-outside-scan", "worker-busy",
        "body-too-large",
    ),
)  # fmt: skip
def map_points(
    job_id: str,
    body: PointsIn,
    response: Response,
    state: AppState,
    owner: Owner,
    wait: Wait,
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> PointsOut:
    """Map points of the fixed scan to the moving scan, corrections included, or back."""
    record = find(state.ports, owner, job_id)
    wanted = require_result(record) if revision is None else numbered(record, revision)
    most = state.settings.limits.points
    if len(body.points) > most:
        raise ServiceError("validation-failed", f"A request may name {most} points.")
    request = MapPoints(job_id=job_id, tag=wanted.tag, points=tuple(body.points), direction=body.direction)
    answer = require(state, request, wait)
    response.headers["ETag"] = etag(wanted.tag)
    return PointsOut(
        points=answer["points"],
        direction=body.direction,
        revision=wanted.number,
        residual_mm=answer.get("residual_mm"),
        converged=answer.get("converged"),
    )
