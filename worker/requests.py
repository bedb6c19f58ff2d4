"""A request becomes a reply: one line per kind of request, every error with its code."""

from __future__ import annotations

import time
from typing import Any

from jobs import figures, journal
from jobs.errors import JobError
from jobs.messages import Correct, Evaluate, MapPoints, Margin, Render, Reply, Request, Restore, Warp
from jobs.model import Failure
from jobs.ports import Ports, Replies
from registration.errors import KernelregError
from worker.handlers.correct import correct, restore
from worker.handlers.evaluate import evaluate
from worker.handlers.map_points import map_points
from worker.handlers.margin import margin
from worker.handlers.render import render
from worker.handlers.warp import warp
from worker.results import OpenResults


def answer(ticket: str | None, request: Request, ports: Ports, replies: Replies, results: OpenResults) -> None:
    """Handle one request and hand over its reply, when someone waits for one."""
    began = time.perf_counter()
    reply = _reply(request, ports, results)
    code = reply.error.code if reply.error else "ok"
    ports.figures.observe(figures.REQUEST, time.perf_counter() - began, kind=request.kind, code=code)
    if reply.error:
        journal.record("request-refused", job=request.job_id, request=request.kind, code=reply.error.code)
    if ticket is not None:
        replies.answer(ticket, reply)


def _reply(request: Request, ports: Ports, results: OpenResults) -> Reply:
    try:
        return Reply(value=_value(request, ports, results))
    except (KernelregError, JobError) as error:
        return Reply(error=Failure(code=error.code, message=error.message, details=error.details))
    except Exception as error:
        journal.accident("request-broken", error, job=request.job_id, request=request.kind)
        results.forget(request.job_id)
        return Reply(error=Failure(code="internal", message="Something went wrong inside the worker."))


def _value(request: Request, ports: Ports, results: OpenResults) -> dict[str, Any]:
    if isinstance(request, Correct):
        return correct(request, ports, results)
    if isinstance(request, Restore):
        return restore(request, ports, results)
    if isinstance(request, MapPoints):
        return map_points(request, ports, results)
    if isinstance(request, Render):
        return render(request, ports, results)
    if isinstance(request, Warp):
        return warp(request, ports, results)
    if isinstance(request, Evaluate):
        return evaluate(request, ports, results)
    if isinstance(request, Margin):
        return margin(request, ports, results)
    results.forget(request.job_id)
    return {}
