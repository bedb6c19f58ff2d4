"""Every Redis key: what it holds, who writes it, how long it lives."""

from __future__ import annotations

import hashlib

PREFIX = "kernelreg"

UNFINISHED = f"{PREFIX}:unfinished"
"""Set of the ids of jobs that run, wait or are still to be purged. Written with the record, in one transaction."""

ENDED = f"{PREFIX}:ended"
"""Sorted set: ids of jobs that have ended, by the second they did. Written with the record, in one transaction."""

FIGURES = f"{PREFIX}:figures"
"""Hash: sums that workers measure, by name. Written by workers every few seconds; lives for ever."""


def job(job_id: str) -> str:
    """String: the JobRecord as JSON. Written by service and worker, compare-and-set; lives until purged."""
    return f"{PREFIX}:job:{job_id}"


def owner_index(owner: str) -> str:
    """Sorted set, all scores zero: job ids of one owner in order of creation. Written with the record."""
    return f"{PREFIX}:jobs-of:{owner}"


def idempotency(owner: str, key: str) -> str:
    """String: request digest and job id of one idempotency key. Written by the service and the receiver; lives a day,
    or as long as its job; gone when that is purged."""
    digest = hashlib.sha256("\n".join((owner, key)).encode()).hexdigest()
    return f"{PREFIX}:idempotency:{digest}"


def lease(name: str) -> str:
    """String: token of the process that works on something. Written by workers, expires without heartbeats."""
    return f"{PREFIX}:lease:{name}"


def presence(name: str) -> str:
    """String: JSON of the model of a living worker of this queue. Written by workers every second, expires without."""
    return f"{PREFIX}:alive:{name}"


def reply(ticket: str) -> str:
    """List of one: the reply to one request. Written by a worker; lives a minute or until read."""
    return f"{PREFIX}:reply:{ticket}"


CACHE_HEADER = "header"


def cached(job_id: str) -> str:
    """Hash in the cache: the header and the packed blocks of a field before corrections. Written by workers, the header
    last; lives for a time after its last use, may be evicted at any moment, goes with the registration."""
    return f"{PREFIX}-cache:field:{job_id}"
