"""Settings -> the cache, or none where the artefacts themselves are as near."""

from __future__ import annotations

from jobs.adapters.artefacts import FOLDER
from jobs.adapters.redis_cache import RedisCache
from jobs.adapters.redis_client import connect_bytes
from jobs.ports import StateCache

TTL_S = 86_400
"""How long after its last use something stays cached."""


def state_cache(cache_url: str, redis_url: str, artefacts: str, *, ttl_s: int = TTL_S) -> StateCache | None:
    """The Redis of `cache_url`; without one the other Redis, if the artefacts lie in an object store."""
    nearby = not artefacts or artefacts.startswith(FOLDER)
    url = cache_url or ("" if nearby else redis_url)
    return RedisCache(connect_bytes(url), ttl_s) if url else None
