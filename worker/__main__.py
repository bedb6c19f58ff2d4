"""`python -m worker register|refine|render`: one worker process on one queue."""

from __future__ import annotations

import sys

from jobs import journal
from jobs.adapters.celery_queue import queue_name
from jobs.messages import QueueName
from worker.presence import announce
from worker.settings import from_environment
from worker.tasks import add_register_task, add_request_task
from worker.wiring import wire


def main(name: str) -> None:
    """Serve one queue until told to stop; a solo pool, so that a worker is one process and one job at a time."""
    queue = QueueName(name)
    journal.start(f"worker-{queue}")
    app, ports, replies = wire(from_environment(queue))
    app.conf.worker_hijack_root_logger = False
    about = add_register_task(app, ports) if queue is QueueName.REGISTER else add_request_task(app, ports, replies)
    announce(ports.presence, queue, about)
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


if __name__ == "__main__":
    main(sys.argv[1])
