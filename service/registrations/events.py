"""A job becomes a stream of server-sent events: one per change, the last one when it has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from anyio.to_thread import run_sync
from fastapi.responses import StreamingResponse

from jobs.errors import JobError
from jobs.model import JobRecord
from service.registrations.service import find, shown
from service.state import State

LOOK_EVERY_S = 0.2
COMMENT_EVERY = 50
"""Looks without change after which a comment keeps proxies from closing the connection."""


def event_stream(state: State, owner: str, record: JobRecord) -> StreamingResponse:
    """The events of a job from now on."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(state, owner, record), media_type="text/event-stream", headers=headers)


async def _events(state: State, owner: str, record: JobRecord) -> AsyncIterator[str]:
    yield event("state", shown(record).model_dump_json())
    quiet = 0
    while not record.finished:
        await anyio.sleep(LOOK_EVERY_S)
        try:
            latest = await run_sync(find, state.ports, owner, record.id)
        except JobError:
            yield event("gone", f'{{"id": "{record.id}"}}')
            return
        quiet = 0 if latest != record else quiet + 1
        if latest != record:
            record = latest
            yield event("state", shown(record).model_dump_json())
        elif quiet % COMMENT_EVERY == 0:
            yield ": still there\n\n"
    yield event("end", f'{{"state": "{record.state}"}}')


def event(name: str, data: str) -> str:
    """One event on the wire."""
    return f"event: {name}\ndata: {data}\n\n"
