"""Live, ready, and what is wrong otherwise: every port is asked, the failing part is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from jobs.errors import JobError
from jobs.messages import QueueName, served
from jobs.ports import MODEL_SERVER, Ports
from service.state import AppState

router = APIRouter(tags=["operation"])
CACHE = "cache"


@router.get("/healthz")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/readyz", responses={503: {"description": "Not ready; `parts` names what fails"}})
def ready(response: Response, state: AppState) -> dict[str, Any]:
    """Everything a registration needs answers: job store, artefacts, a worker for every queue. The cache is told, too,
    but nothing needs it."""
    parts = {name: asked(check) for name, check in checks(state.ports, bool(state.settings.archives.named)).items()}
    whole = all(answer == "ok" for name, answer in parts.items() if name != CACHE)
    response.status_code = 200 if whole else 503
    return {"status": "ready" if whole else "not ready", "parts": parts}


def checks(ports: Ports, archives: bool) -> dict[str, Callable[[], None]]:
    """One question per part."""
    queues = served(archives)
    workers: dict[str, Callable[[], None]] = {f"worker-{queue}": partial(alive, ports, queue) for queue in queues}
    if (told := ports.presence.alive(QueueName.REGISTER)) and MODEL_SERVER in told:
        workers[MODEL_SERVER] = partial(answers, told[MODEL_SERVER])
    cache = {CACHE: ports.cache.ping} if ports.cache else {}
    return {"job-store": ports.jobs.ping, "artefacts": ports.artefacts.ping, **cache, **workers}


def asked(check: Callable[[], None]) -> str:
    """`ok`, or what is wrong in a word."""
    try:
        check()
    except (JobError, OSError) as error:
        return error.code if isinstance(error, JobError) else "not writable"
    return "ok"


def answers(told: str) -> None:
    """Raises what a worker says of its model server, unless that is `ok`."""
    if told != "ok":
        raise JobError(told, "The model server does not answer the workers.")


def alive(ports: Ports, queue: QueueName) -> None:
    """Raises when no worker of the queue beats."""
    if ports.presence.alive(queue) is None:
        raise JobError("worker-busy", f"No worker of the queue {queue} is alive.")
