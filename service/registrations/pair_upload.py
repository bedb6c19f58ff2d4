"""Both studies in one multipart body: its files become two series, then the registration that JSON would start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.routing import Match
from starlette.types import Scope

from jobs import intake
from jobs.intake import Kept, Received
from jobs.model import JobRecord
from registration.reading import ReadingLimits
from service.auth import Owner
from service.errors import ServiceError
from service.registrations import service
from service.registrations.endpoints import IdempotencyKey, begun
from service.registrations.schemas import RegistrationIn, RegistrationOut
from service.series.admission import admitted
from service.series.intake import drain, receive_pair
from service.series.service import purge
from service.state import AppState, State

SIDES = ("fixed", "moving")


class MultipartRoute(APIRoute):
    """A route for multipart bodies alone; beside it, at the same place, is the one for JSON."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but for other bodies not at all."""
        match, found = super().matches(scope)
        kind = dict(scope.get("headers", ())).get(b"content-type", b"")
        return (match, found) if match is Match.FULL and kind.startswith(b"multipart/") else (Match.NONE, {})


STREAMED = {"/v1/registrations": "multipart/"}
"""Where bodies go to disk as they arrive, and how their media type begins."""
router = APIRouter(prefix="/v1/registrations", route_class=MultipartRoute, include_in_schema=False)


@router.post("", status_code=202)
async def start_with_files(
    request: Request, response: Response, state: AppState, owner: Owner, idempotency_key: IdempotencyKey = None
) -> RegistrationOut:
    """Described with the JSON form, in `endpoints`: the same answer, the same errors, and those of an upload."""
    try:
        with admitted(state), state.ports.artefacts.staging() as folder:
            files, rest = await receive_pair(request, folder, state.settings.limits)
            record = await run_sync(_started, state, owner, files, rest, folder, idempotency_key)
    except ServiceError:
        await drain(request)
        raise
    return begun(response, record)


def _started(
    state: State, owner: str, files: dict[str, Received], rest: bytes, folder: Path, key: str | None
) -> JobRecord:
    """Keep both scans and start their registration; where that fails, what was new of them goes again."""
    choices = _choices(rest)
    with _taken_back(state, owner) as kept:
        reading = ReadingLimits(inflated_bytes=state.settings.limits.inflated_bytes)
        for side in SIDES:
            kept[side] = intake.keep(state.ports, owner, files[side], folder / side, reading)
        ids = {side: record.id for side, (record, _) in kept.items()}
        return service.start(state.ports, owner, _body(choices | ids), key, state.settings)


@contextmanager
def _taken_back(state: State, owner: str) -> Iterator[dict[str, Kept]]:
    """What is kept inside; purged again on the way out of an error."""
    kept: dict[str, Kept] = {}
    try:
        yield kept
    except BaseException:
        for record, new in kept.values():
            if new:
                with suppress(ServiceError):  # someone else reads these bytes meanwhile
                    purge(state.ports, owner, record.id)
        raise


def _choices(text: bytes) -> dict[str, Any]:
    """The part `request`: everything that the JSON form takes but the two scans."""
    try:
        found = json.loads(text or b"{}")
    except ValueError as error:
        raise ServiceError("body-unreadable", "The part `request` is no JSON.") from error
    if not isinstance(found, dict) or found.keys() & set(SIDES):
        raise ServiceError("validation-failed", "The part `request` is an object without `fixed` and `moving`.")
    return found


def _body(values: dict[str, Any]) -> RegistrationIn:
    try:
        return RegistrationIn.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
