"""Settings -> ports of the front door: the one place where its adapters are chosen."""

from __future__ import annotations

from jobs.adapters.artefacts import artefact_store
from jobs.adapters.caches import state_cache
from jobs.adapters.celery_queue import CeleryQueue
from jobs.adapters.redis_client import connect
from jobs.adapters.redis_jobs import RedisJobs
from jobs.adapters.redis_leases import RedisLeases
from jobs.adapters.redis_sums import RedisSums
from jobs.figures import Figures
from jobs.ports import Ports
from service.settings import Settings


def wire(settings: Settings) -> Ports:
    """Redis for records and leases, Celery towards the workers, a folder or an object store for artefacts."""
    client = connect(settings.redis_url)
    leases = RedisLeases(client)
    queue = CeleryQueue(settings.redis_url, client)
    artefacts = artefact_store(settings.artefacts, settings.data_dir, copies_bytes=settings.copies_bytes)
    cache = state_cache(settings.cache_url, settings.redis_url, settings.artefacts, ttl_s=settings.cache_ttl_s)
    return Ports(RedisJobs(client), artefacts, queue, leases, leases, cache, Figures(RedisSums(client)))
