"""/v1/registrations/ID/margin: how far the ablation zone reaches around the tumour."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from jobs.intake import find as find_series
from jobs.messages import Drawn, Margin
from jobs.revisions import numbered, require_result
from service.auth import Owner
from service.headers import Wait, etag
from service.margin.schemas import DrawnIn, MarginIn, MarginOut
from service.openapi_parts import problems
from service.registrations.service import find
from service.state import AppState
from service.workers import require

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["margin"])


@router.post(
    "/margin",
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "series-not-found", "body-unreadable", "validation-failed", "mask-grid-mismatch", "mask-empty",
        "figure-undefined", "scans-do-not-overlap", "worker-busy", "body-too-large",
    ),
)  # fmt: skip
def measure_margin(
    job_id: str,
    body: MarginIn,
    response: Response,
    state: AppState,
    owner: Owner,
    wait: Wait,
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> MarginOut:
    """Measure the margin, corrections included: signed distance from the tumour's surface to the ablation zone's.

    What was drawn on the moving scan is pulled to the fixed scan. Every figure also comes with the field's bound taken
    off and added.
    """
    record = find(state.ports, owner, job_id)
    wanted = require_result(record) if revision is None else numbered(record, revision)
    for one in (body.tumour, body.ablation, body.organ):
        if one:
            find_series(state.ports, owner, one.mask).placed()
    request = Margin(
        job_id=job_id,
        tag=wanted.tag,
        tumour=_drawn(body.tumour),
        ablation=_drawn(body.ablation),
        organ=_drawn(body.organ) if body.organ else None,
        capsule_mm=body.capsule_mm,
    )
    answer = require(state, request, wait)
    response.headers["ETag"] = etag(wanted.tag)
    return MarginOut(revision=wanted.number, **answer["figures"])


def _drawn(one: DrawnIn) -> Drawn:
    return Drawn(scan=one.scan, mask=one.mask)
