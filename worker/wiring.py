"""Settings -> ports of a worker process: the one place where its adapters are chosen."""

from __future__ import annotations

from celery import Celery

from jobs.adapters.artefacts import artefact_store
from jobs.adapters.caches import state_cache
from jobs.adapters.celery_queue import CeleryQueue, RedisReplies, celery_app
from jobs.adapters.redis_client import connect
from jobs.adapters.redis_jobs import RedisJobs
from jobs.adapters.redis_leases import RedisLeases
from jobs.adapters.redis_sums import RedisSums
from jobs.figures import Figures
from jobs.ports import Ports, Replies
from worker.settings import WorkerSettings


def wire(settings: WorkerSettings) -> tuple[Celery, Ports, Replies]:
    """The Celery application, the ports and the way back to the service."""
    app, client = celery_app(settings.redis_url, settings.queue), connect(settings.redis_url)
    leases = RedisLeases(client)
    queue = CeleryQueue(settings.redis_url, client)
    artefacts = artefact_store(settings.artefacts, settings.data_dir, copies_bytes=settings.copies_bytes)
    cache = state_cache(settings.cache_url, settings.redis_url, settings.artefacts, ttl_s=settings.cache_ttl_s)
    ports = Ports(RedisJobs(client), artefacts, queue, leases, leases, cache, Figures(RedisSums(client)))
    return app, ports, RedisReplies(client)
