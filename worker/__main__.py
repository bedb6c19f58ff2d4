"""`python -m worker register|refine|render|transfer`: one worker process on one queue."""

from __future__ import annotations

import logging
import os
import sys

from celery import Celery

from jobs import figures, journal
from jobs.adapters.celery_queue import queue_name
from jobs.errors import JobError
from jobs.messages import QueueName
from jobs.ports import Ports, Replies
from pacs.errors import PacsSettingsError
from worker.claim import Limit
from worker.model_health import health_of
from worker.presence import announce
from worker.settings import WorkerSettings, from_environment
from worker.tasks import add_register_task, add_request_task, add_transfer_task
from worker.upkeep import look_after
from worker.wiring import wire


def main(name: str) -> None:
    """Serve one queue until told to stop; a solo pool, so that a worker is one process and one job at a time."""
    queue = QueueName(name)
    journal.start(f"worker-{queue}")
    try:
        settings = from_environment(queue)
        app, ports, replies = wire(settings)
        about = add_task(app, ports, replies, settings)
    except (JobError, PacsSettingsError) as error:  # no model server or another's models; archives that cannot be used
        journal.record("worker-cannot-start", logging.ERROR, reason=str(error))
        sys.exit(1)
    app.conf.worker_hijack_root_logger = False
    look_after(ports.artefacts.tidy)
    look_after(ports.figures.send, every_s=figures.EVERY_S)
    announce(ports.presence, queue, about, health_of(settings.triton_url) if queue is QueueName.REGISTER else None)
    journal.record("worker-started", queue=queue)
    app.Worker(
        pool="solo",
        concurrency=1,
        queues=[queue_name(queue)],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    ).start()


def add_task(app: Celery, ports: Ports, replies: Replies, settings: WorkerSettings) -> dict[str, str]:
    """Give the application the task of its queue; what the worker says of itself."""
    limit = Limit(settings.job_limit_s, overrun=give_up)
    if settings.queue is QueueName.REGISTER:
        return add_register_task(app, ports, limit, settings.triton_url)
    if settings.queue is QueueName.TRANSFER:
        return add_transfer_task(app, ports, settings.archives, limit)
    return add_request_task(app, ports, replies)


def give_up() -> None:
    """End this process at once: its thread is stuck in a computation. Whoever supervises it starts another one."""
    journal.record("worker-gives-up", logging.ERROR)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
