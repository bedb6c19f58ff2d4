"""A Celery message becomes the call of a handler: identifiers in, nothing out; state lives in the job record."""

from __future__ import annotations

from typing import Any

from celery import Celery

from jobs.adapters.celery_queue import JOB_TASKS, REQUEST_TASK
from jobs.messages import REQUEST, QueueName
from jobs.ports import Ports, Replies
from pacs.settings import Archives
from worker.claim import Limit
from worker.upkeep import look_after


def add_register_task(app: Celery, ports: Ports, limit: Limit, triton_url: str) -> dict[str, str]:
    """Give the application the task of the register queue; the identity of the model it computes with."""
    from worker.handlers.register_pair import register_pair
    from worker.method import method_with, model_at

    model = model_at(triton_url, ports.figures)
    method = method_with(model)

    @app.task(name=JOB_TASKS[QueueName.REGISTER])  # type: ignore[untyped-decorator]
    def register(job_id: str) -> None:
        register_pair(job_id, ports, method, limit)

    return vars(model.identity)


def add_transfer_task(app: Celery, ports: Ports, archives: Archives, limit: Limit) -> dict[str, str]:
    """Give the application the task of the transfer queue, which needs no torch; which archives answer, kept up to
    date."""
    from worker.archive_health import watched
    from worker.handlers.transfer import transfer
    from worker.results import OpenResults

    results = OpenResults(ports)
    look_after(results.tidy)

    @app.task(name=JOB_TASKS[QueueName.TRANSFER])  # type: ignore[untyped-decorator]
    def move(job_id: str) -> None:
        transfer(job_id, ports, archives, results, limit)

    return watched(archives)


def add_request_task(app: Celery, ports: Ports, replies: Replies) -> dict[str, str]:
    """Give the application the task of the refine and render queues, which need no model and no torch."""
    from worker.requests import answer
    from worker.results import OpenResults

    results = OpenResults(ports)
    look_after(results.tidy)

    @app.task(name=REQUEST_TASK)  # type: ignore[untyped-decorator]
    def request(ticket: str | None, message: dict[str, Any]) -> None:
        answer(ticket, REQUEST.validate_python(message), ports, replies, results)

    return {}
