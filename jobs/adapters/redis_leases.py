"""Leases and presence in Redis: keys that expire unless their owner keeps beating."""

from __future__ import annotations

import json

import redis

from jobs import keys
from jobs.adapters.redis_client import translated
from jobs.messages import QueueName

EXTEND = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class RedisLeases:
    """Fulfils `jobs.ports.Leases` and `jobs.ports.Presence`."""

    def __init__(self, client: redis.Redis[str]) -> None:
        self._redis = client

    def acquire(self, name: str, token: str, seconds: float) -> bool:
        with translated():
            return bool(self._redis.set(keys.lease(name), token, nx=True, px=milliseconds(seconds)))

    def extend(self, name: str, token: str, seconds: float) -> bool:
        with translated():
            return bool(self._run(EXTEND, keys.lease(name), token, str(milliseconds(seconds))))

    def release(self, name: str, token: str) -> None:
        with translated():
            self._run(RELEASE, keys.lease(name), token)

    def held(self, name: str) -> bool:
        with translated():
            return bool(self._redis.exists(keys.lease(name)))

    def beat(self, queue: QueueName, seconds: float, about: dict[str, str]) -> None:
        with translated():
            self._redis.set(keys.presence(queue), json.dumps(about), px=milliseconds(seconds))

    def alive(self, queue: QueueName) -> dict[str, str] | None:
        with translated():
            told = self._redis.get(keys.presence(queue))
        return None if told is None else json.loads(told)

    def _run(self, script: str, key: str, *arguments: str) -> object:
        return self._redis.eval(script, 1, key, *arguments)  # type: ignore[no-untyped-call]


def milliseconds(seconds: float) -> int:
    """Redis counts whole milliseconds."""
    return max(1, round(1000 * seconds))
