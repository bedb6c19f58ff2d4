"""/v1/series: upload, read the report, purge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from jobs import intake
from jobs.intake import Kept, Received
from jobs.mask_intake import keep_mask
from jobs.series import SeriesRecord
from registration.reading import ReadingLimits, Regridding
from service.auth import Owner
from service.errors import ServiceError
from service.openapi_parts import UPLOAD_BODY, Responses, problems
from service.series import service
from service.series.admission import admitted
from service.series.intake import drain, receive
from service.series.schemas import SeriesOut
from service.state import AppState, State

router = APIRouter(prefix="/v1/series", tags=["series"])
Keep = Callable[[Received, Path], Kept]


STREAMED = {router.prefix: "", f"{router.prefix}/*/masks": ""}
"""Paths whose bodies go to disk as they arrive, and how the media types of those bodies begin."""
UPLOADING = (
    "scan-empty", "scan-unreadable", "scan-truncated", "scan-not-a-volume", "scan-values-invalid", "archive-unsafe",
    "series-mixed", "series-missing-slices", "series-unequal-spacing", "series-duplicate-slices", "series-tilted",
    "series-geometry-missing", "series-rescale-invalid", "preamble-unsafe", "body-unreadable", "body-too-large",
    "too-many-files", "upload-missing", "upload-interrupted", "uploads-busy", "media-type-unsupported", "storage-full",
    "field-unreadable", "field-damaged",
)  # fmt: skip
KNOWN: Responses = {200: {"model": SeriesOut, "description": "These bytes are known already"}}
Regrid = Annotated[
    bool,
    Query(
        description="Resample DICOM slices that are tilted, unequally spaced or missing (gaps of up to 12 mm) to a"
        " regular grid, and say so in the report; without it such a series is refused"
    ),
]
Part = Annotated[
    str | None,
    Query(max_length=64, description="Name or number of the region or segment; needed where there are several"),
]


@router.post("", status_code=201, openapi_extra=UPLOAD_BODY, responses=problems(*UPLOADING, "scan-too-small") | KNOWN)
async def upload_series(
    request: Request, response: Response, state: AppState, owner: Owner, regrid: Regrid = False
) -> SeriesOut:
    """Upload one scan: every DICOM file as a part called `files`, or one zip, NIfTI, MHA or NRRD.

    Or one displacement field that another tool computed, told by its content: NIfTI, MHA, NRRD, ITK transform,
    Learn2Reg npz, Deformable Spatial Registration. Its report says `kind: field`; `field` of a registration takes its
    id.
    The scan is read to its last voxel before it is accepted. The same bytes again give the same id, and 200.
    """
    reading = ReadingLimits(inflated_bytes=state.settings.limits.inflated_bytes)
    regridding = Regridding() if regrid else None

    def keep(received: Received, folder: Path) -> Kept:
        return intake.keep(state.ports, owner, received, folder, reading, regridding)

    return await _answered(request, response, state, keep)


@router.post(
    "/{series_id}/masks",
    status_code=201,
    openapi_extra=UPLOAD_BODY,
    responses=problems("series-not-found", "mask-part-unknown", "mask-grid-mismatch", "mask-empty", *UPLOADING) | KNOWN,
)
async def upload_mask(
    series_id: str, request: Request, response: Response, state: AppState, owner: Owner, roi: Part = None
) -> SeriesOut:
    """Upload a region of this scan: an RT Structure Set or DICOM Segmentation, one part of which is `roi`, or an image.

    Contours are filled on the scan's grid. The id in the answer is what `masks` of a registration takes.
    """
    scan = await run_sync(intake.find, state.ports, owner, series_id)

    def keep(received: Received, folder: Path) -> Kept:
        return keep_mask(state.ports, scan, received, folder, roi)

    return await _answered(request, response, state, keep)


@router.get("/{series_id}", responses=problems("series-not-found"))
def read_series(series_id: str, state: AppState, owner: Owner) -> SeriesOut:
    """How a scan was read: geometry, what was used, what was dropped and why."""
    return shown(intake.find(state.ports, owner, series_id))


@router.delete("/{series_id}", status_code=204, responses=problems("series-not-found", "series-in-use"))
def purge_series(series_id: str, state: AppState, owner: Owner) -> None:
    """Remove every trace of the upload. Finished registrations keep what they need until they are deleted."""
    service.purge(state.ports, owner, series_id)


async def _answered(request: Request, response: Response, state: State, keep: Keep) -> SeriesOut:
    """What was kept of the body; 200 where it was known already."""
    try:
        record, new = await _admitted(request, state, keep)
    except ServiceError:
        await drain(request)
        raise
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{router.prefix}/{record.id}"
    return shown(record)


async def _admitted(request: Request, state: State, keep: Keep) -> Kept:
    """The body's files, kept."""
    with admitted(state), state.ports.artefacts.staging() as folder:
        received = await receive(request, folder, state.settings.limits)
        return await run_sync(keep, received, folder)


def shown(record: SeriesRecord) -> SeriesOut:
    """A stored series as clients see it."""
    return SeriesOut(
        id=record.id,
        created_at=datetime.fromtimestamp(record.created_at, UTC).isoformat(),
        files=record.files,
        bytes=record.bytes,
        report=record.report,
        links={"self": f"/v1/series/{record.id}"},
    )
