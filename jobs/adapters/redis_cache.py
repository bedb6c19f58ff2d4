"""The cache in Redis: one hash per registration, so that it lives, is evicted and is purged as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import redis

from jobs import keys
from jobs.adapters.redis_client import translated

AT_ONCE = 16
"""Blocks that are sent in one go."""


class RedisCache:
    """Fulfils `jobs.ports.StateCache`. Every key has a time to live, renewed by use."""

    def __init__(self, client: redis.Redis[bytes], ttl_s: int) -> None:
        self._redis = client
        self._ttl_s = ttl_s

    def keep(self, job_id: str, header: bytes, blocks: Iterable[tuple[str, bytes]]) -> None:
        key = keys.cached(job_id)
        with translated():
            self._redis.delete(key)
            left = iter(blocks)
            while some := list(islice(left, AT_ONCE)):
                pipe = self._redis.pipeline(transaction=True)
                pipe.hset(key, mapping=dict(some))
                pipe.expire(key, self._ttl_s)
                pipe.execute()
            self._redis.hset(key, keys.CACHE_HEADER, header)

    def header(self, job_id: str) -> bytes | None:
        with translated():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hget(keys.cached(job_id), keys.CACHE_HEADER)
            pipe.expire(keys.cached(job_id), self._ttl_s)
            found: bytes | None = pipe.execute()[0]
        return found

    def blocks(self, job_id: str, names: Sequence[str]) -> list[bytes | None]:
        with translated():
            return self._redis.hmget(keys.cached(job_id), list(names))

    def forget(self, job_id: str) -> None:
        with translated():
            self._redis.unlink(keys.cached(job_id))

    def ping(self) -> None:
        with translated():
            self._redis.ping()
