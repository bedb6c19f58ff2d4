"""Settings -> ports of the receiver: the one place where its adapters are chosen."""

from __future__ import annotations

from jobs.adapters.artefacts import artefact_store
from jobs.adapters.celery_queue import CeleryQueue
from jobs.adapters.redis_client import connect
from jobs.adapters.redis_jobs import RedisJobs
from jobs.adapters.redis_leases import RedisLeases
from jobs.adapters.redis_sums import RedisSums
from jobs.figures import Figures
from jobs.ports import Ports
from receiver.settings import ReceiverSettings


def wire(settings: ReceiverSettings) -> Ports:
    """Redis for records, Celery towards the workers, a folder or an object store for artefacts; no cache."""
    client = connect(settings.redis_url)
    leases = RedisLeases(client)
    queue = CeleryQueue(settings.redis_url, client)
    artefacts = artefact_store(settings.artefacts, settings.data_dir, copies_bytes=settings.copies_bytes)
    return Ports(RedisJobs(client), artefacts, queue, leases, leases, figures=Figures(RedisSums(client)))
