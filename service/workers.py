"""A question to a worker becomes its answer, its refusal, or nothing yet."""

from __future__ import annotations

from typing import Any

from jobs.errors import JobError
from jobs.messages import Request
from service.problems import RefusedError
from service.state import State


def ask(state: State, request: Request, wait_s: float) -> dict[str, Any] | None:
    """The worker's value, None when it did not answer in time; raises what it refused."""
    reply = state.ports.queue.ask(request, wait_s)
    if reply and reply.error:
        raise RefusedError(reply.error)
    return reply.value if reply else None


def require(state: State, request: Request, wait_s: float) -> dict[str, Any]:
    """The worker's value; raises `worker-busy` when it did not answer in time."""
    value = ask(state, request, wait_s)
    if value is None:
        raise JobError(
            "worker-busy", f"The workers did not answer within {wait_s:g} s; the same request may succeed later."
        )
    return value
