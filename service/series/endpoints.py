"""/v1/series: upload, read the report, purge."""

from __future__ import annotations

from datetime import UTC, datetime

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from jobs import intake
from jobs.series import SeriesRecord
from registration.reading import ReadingLimits
from service.auth import Owner
from service.errors import ServiceError
from service.openapi_parts import UPLOAD_BODY, problems
from service.series import service
from service.series.intake import drain, receive
from service.series.schemas import SeriesOut
from service.state import AppState, State

router = APIRouter(prefix="/v1/series", tags=["series"])


@router.post(
    "",
    status_code=201,
    openapi_extra=UPLOAD_BODY,
    responses=problems(
        "scan-empty", "scan-unreadable", "scan-truncated", "scan-not-a-volume", "scan-too-small", "scan-values-invalid",
        "archive-unsafe", "series-mixed", "series-missing-slices", "series-unequal-spacing", "series-duplicate-slices",
        "series-tilted", "series-geometry-missing", "series-rescale-invalid", "preamble-unsafe",
        "body-unreadable", "body-too-large", "too-many-files", "upload-missing", "upload-interrupted", "uploads-busy", "media-type-unsupported", "storage-full",
    )
    | {200: {"model": SeriesOut, "description": "These bytes are known already"}},
)  # fmt: skip
async def upload_series(request: Request, response: Response, state: AppState, owner: Owner) -> SeriesOut:
    """Upload one scan: every DICOM file as a part called `files`, or one zip, NIfTI, MHA or NRRD.

    The scan is read to its last voxel before it is accepted. The same bytes again give the same id, and 200.
    """
    try:
        record, new = await _admitted(request, state, owner)
    except ServiceError:
        await drain(request)
        raise
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/v1/series/{record.id}"
    return shown(record)


@router.get("/{series_id}", responses=problems("series-not-found"))
def read_series(series_id: str, state: AppState, owner: Owner) -> SeriesOut:
    """How a scan was read: geometry, what was used, what was dropped and why."""
    return shown(intake.find(state.ports, owner, series_id))


@router.delete("/{series_id}", status_code=204, responses=problems("series-not-found", "series-in-use"))
def purge_series(series_id: str, state: AppState, owner: Owner) -> None:
    """Remove every trace of the upload. Finished registrations keep what they need until they are deleted."""
    service.purge(state.ports, owner, series_id)


async def _admitted(request: Request, state: State, owner: str) -> tuple[SeriesRecord, bool]:
    """One of the few uploads at the same time; raises `uploads-busy`."""
    try:
        state.uploads.acquire_nowait()
    except anyio.WouldBlock:
        raise ServiceError("uploads-busy", "The service is receiving as many uploads as it takes at once.") from None
    try:
        return await _received(request, state, owner)
    finally:
        state.uploads.release()


async def _received(request: Request, state: State, owner: str) -> tuple[SeriesRecord, bool]:
    limits = state.settings.limits
    with state.ports.artefacts.staging() as folder:
        received = await receive(request, folder, limits)
        reading = ReadingLimits(inflated_bytes=limits.inflated_bytes)
        return await run_sync(intake.keep, state.ports, owner, received, folder, reading)


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
