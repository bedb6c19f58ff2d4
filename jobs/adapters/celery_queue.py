"""The way to the workers through Celery: JSON messages on a queue per kind of work, replies through a Redis list."""

from __future__ import annotations

import secrets

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from jobs import keys
from jobs.adapters.redis_client import translated
from jobs.errors import StoreUnavailableError
from jobs.messages import QueueName, Reply, Request, queues_of

JOB_TASKS = {QueueName.REGISTER: "kernelreg.register", QueueName.TRANSFER: "kernelreg.transfer"}
REQUEST_TASK = "kernelreg.request"
REPLY_LIFETIME_S = 60
VISIBILITY_TIMEOUT_S = 6 * 3600
"""After this a job that nobody acknowledged comes back; longer than any of its steps may take. Dead workers are noticed
much earlier, by their lease (`jobs.ending.take_up`)."""
REQUEST_VISIBILITY_S = 60
"""The same for requests, which take seconds and have no lease; kombu looks every 100 s. Answered twice they change
nothing: an edit names the revision it starts from."""


def celery_app(redis_url: str, queue: QueueName = QueueName.REGISTER) -> Celery:
    """The Celery application that both ends share: JSON only, no results, acknowledged when done."""
    app = Celery("kernelreg", broker=broker_url(redis_url), set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_delivery_mode="persistent",
        task_default_queue=queue_name(QueueName.REFINE),
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_keepalive": True, **unacknowledged(queue)},
    )
    return app


def unacknowledged(queue: QueueName) -> dict[str, object]:
    """Where messages lie while a worker of the queue has them, and when they come back; a place for each queue, because
    every worker looks after the whole place by its own time."""
    places = {f"unacked{part}_key": f"kernelreg.unacked{part}.{queue}" for part in ("", "_index", "_mutex")}
    seconds = VISIBILITY_TIMEOUT_S if queue in JOB_TASKS else REQUEST_VISIBILITY_S
    return {"visibility_timeout": seconds, **places}


def publishing_app(redis_url: str) -> Celery:
    """The same for who only sends: an outage is told at once, someone waits at the other end of an HTTP connection."""
    app = celery_app(redis_url)
    app.conf.broker_transport_options |= {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
    return app


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis URL: a socket is `redis+socket://`."""
    return redis_url.replace("unix://", "redis+socket://", 1) if redis_url.startswith("unix://") else redis_url


def queue_name(queue: QueueName) -> str:
    """The queue as Celery and Redis call it."""
    return f"kernelreg.{queue}"


class CeleryQueue:
    """Fulfils `jobs.ports.Queue`."""

    def __init__(self, redis_url: str, client: redis.Redis[str]) -> None:
        self._app = publishing_app(redis_url)
        self._redis = client

    def submit(self, job_id: str, queue: QueueName = QueueName.REGISTER) -> None:
        self._publish(JOB_TASKS[queue], queue, job_id)

    def waiting(self, queue: QueueName = QueueName.REGISTER) -> int:
        with translated():
            return self._redis.llen(queue_name(queue))

    def ask(self, request: Request, wait_s: float) -> Reply | None:
        ticket = secrets.token_hex(12)
        self._publish(REQUEST_TASK, queues_of(request)[0], ticket, request.model_dump(mode="json"))
        with translated():
            answer = self._redis.blpop([keys.reply(ticket)], timeout=max(wait_s, 0.01))
        return Reply.model_validate_json(answer[1]) if answer else None

    def tell(self, request: Request) -> None:
        for queue in queues_of(request):
            self._publish(REQUEST_TASK, queue, None, request.model_dump(mode="json"))

    def _publish(self, task: str, queue: QueueName, *arguments: object) -> None:
        try:
            self._app.send_task(task, args=arguments, queue=queue_name(queue), retry=False, ignore_result=True)
        except (OperationalError, redis.exceptions.RedisError, OSError) as error:
            raise StoreUnavailableError("queue") from error


class RedisReplies:
    """Fulfils `jobs.ports.Replies`."""

    def __init__(self, client: redis.Redis[str]) -> None:
        self._redis = client

    def answer(self, ticket: str, reply: Reply) -> None:
        with translated():
            pipe = self._redis.pipeline(transaction=True)
            pipe.rpush(keys.reply(ticket), reply.model_dump_json())
            pipe.expire(keys.reply(ticket), REPLY_LIFETIME_S)
            pipe.execute()
