"""/v1/registrations/ID/margin: how far the ablation zone reaches around the tumour."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from jobs.intake import find as find_series
from jobs.messages import Drawn, Margin
from jobs.revisions import numbered, require_result
from service.auth import Owner
from service.headers import Wait, etag
from service.margin.schemas import DrawnIn, MarginIn, MarginOut
from service.openapi_parts import problems
from service.registrations.products import BigFile, kept_file
from service.registrations.service import find
from service.state import AppState
from service.workers import require

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["margin"])
PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-modals"
"""The report loads nothing and runs nothing; it may be printed."""


@router.post(
    "/margin",
    response_model=MarginOut,
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "series-not-found", "body-unreadable", "validation-failed", "mask-grid-mismatch", "mask-empty",
        "figure-undefined", "scans-do-not-overlap", "worker-busy", "body-too-large",
    )
    | {200: {"content": PAGE}},
)  # fmt: skip
def measure_margin(
    job_id: str,
    body: MarginIn,
    state: AppState,
    owner: Owner,
    wait: Wait,
    accept: Annotated[str, Header()] = "*/*",
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> Response:
    """Measure the margin, corrections included: signed distance from the tumour's surface to the ablation zone's.

    What was drawn on the moving scan is pulled to the fixed scan. Every figure also comes with the field's bound taken
    off and added. With `Accept: text/html` the answer is a report to print.
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
        page="text/html" in accept,
    )
    answer = require(state, request, wait)
    headers = {"ETag": etag(wanted.tag), "Vary": "Accept"}
    if request.page:
        headers |= {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return BigFile(kept_file(state, job_id, answer["file"]), headers=headers, media_type="text/html; charset=utf-8")
    found = MarginOut(revision=wanted.number, **answer["figures"])
    return Response(found.model_dump_json(), 200, headers, "application/json")


def _drawn(one: DrawnIn) -> Drawn:
    return Drawn(scan=one.scan, mask=one.mask)
