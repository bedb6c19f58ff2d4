"""A worker that writes down its jobs and answers every request with what it got: `python -m ... URL QUEUE FILE [S]`."""

import sys
import time
from pathlib import Path

from jobs.adapters.celery_queue import JOB_TASKS, REQUEST_TASK, RedisReplies, celery_app, queue_name
from jobs.adapters.redis_client import connect
from jobs.messages import REQUEST, QueueName, Render, Reply

LONG_S = 2.0


def note_job(job_id: str, file: Path) -> None:
    """A line in the file; some jobs take long."""
    with file.open("a") as notes:
        notes.write(f"{job_id}\n")
    if job_id.startswith("long"):
        time.sleep(LONG_S)


def echo(name, ticket, request, replies, file: Path) -> None:
    """The request comes back; what nobody waits for is noted; rendering takes long."""
    if isinstance(request, Render):
        time.sleep(LONG_S)
    if ticket is None:
        note_job(f"{name} {request.kind}", file)
    else:
        replies.answer(ticket, Reply(value={"queue": name, "request": request.model_dump(mode="json")}))


def main(url: str, name: str, file: Path, visibility_s: float | None) -> None:
    """Serve one queue of Celery until killed; messages that nobody acknowledged come back sooner when told."""
    app, replies = celery_app(url, QueueName(name)), RedisReplies(connect(url))
    if visibility_s:
        app.conf.broker_transport_options |= {"visibility_timeout": visibility_s}

    def step(job_id):
        note_job(job_id, file)

    for task in JOB_TASKS.values():
        app.task(name=task)(step)

    @app.task(name=REQUEST_TASK)
    def request(ticket, message):
        echo(name, ticket, REQUEST.validate_python(message), replies, file)

    options = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    app.Worker(pool="solo", concurrency=1, queues=[queue_name(QueueName(name))], quiet=True, **options).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]) if sys.argv[4:] else None)
