"""/v1/registrations/ID/warp: another volume or label map of the moving scan, on the fixed scan's grid."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from jobs.intake import find as find_series
from jobs.messages import Warp
from jobs.model import Revision
from jobs.revisions import numbered, require_result
from jobs.warps import DICOM_FORMS, FORMS, file_name, form_of
from service.auth import Owner
from service.headers import Wait, etag
from service.openapi_parts import problems
from service.registrations.products import BigFile, kept_file
from service.registrations.service import find
from service.state import AppState
from service.warping.schemas import WarpIn, WarpOut
from service.workers import require

router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["warping"])
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FILES = {form.media_type: BINARY for form in (*FORMS.values(), *DICOM_FORMS.values())}
LONGEST_HEADER = 6000


@router.post(
    "/warp",
    response_model=WarpOut,
    responses=problems(
        "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
        "series-not-found", "body-unreadable", "validation-failed", "scan-not-a-volume", "labels-invalid",
        "scans-do-not-overlap", "no-dicom-source", "mask-empty", "worker-busy", "body-too-large",
    )
    | {200: {"content": FILES}},
)  # fmt: skip
def warp_volume(
    job_id: str,
    body: WarpIn,
    state: AppState,
    owner: Owner,
    wait: Wait,
    accept: Annotated[str, Header()] = "*/*",
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> Response:
    """Warp another volume or label map of the moving scan by the field, corrections included: one interpolation.

    The answer is the volume, its figures in the headers X-Outside-Percent and X-Volumes (label=before>after>left, ml,
    ml and %); with `Accept: application/json` the figures alone. The second time nothing is computed.
    """
    record = find(state.ports, owner, job_id)
    wanted = require_result(record) if revision is None else numbered(record, revision)
    find_series(state.ports, owner, body.series).placed()
    request = Warp(job_id=job_id, tag=wanted.tag, series=body.series, holds=body.kind, format=body.format)
    answer = require(state, request, wait)
    headers = {"ETag": etag(wanted.tag), "X-Revision": str(wanted.number), "Vary": "Accept"}
    if "application/json" in accept:
        return Response(told(body, wanted, answer["summary"]).model_dump_json(), 200, headers, "application/json")
    form = form_of(body.kind, body.format)
    return BigFile(
        kept_file(state, job_id, answer["file"]),
        headers=headers | figures(answer["summary"]),
        media_type=form.media_type,
        filename=file_name(body.series, body.kind, form),
    )


def told(body: WarpIn, revision: Revision, summary: dict[str, Any]) -> WarpOut:
    """The figures as clients read them."""
    return WarpOut(
        revision=revision.number,
        series=body.series,
        kind=body.kind,
        outside_percent=summary["outside_percent"],
        labels=summary.get("labels"),
        notes=summary["notes"],
    )


def figures(summary: dict[str, Any]) -> dict[str, str]:
    """The same for a client that asked for the volume itself."""
    rows = (
        f"{one['label']}={one['before_ml']:.3f}>{one['after_ml']:.3f}>{one['left_percent']:.1f}"
        for one in summary.get("labels", [])
    )
    volumes = ";".join(rows)[:LONGEST_HEADER]
    return {"X-Outside-Percent": f"{summary['outside_percent']:.3f}"} | ({"X-Volumes": volumes} if volumes else {})
