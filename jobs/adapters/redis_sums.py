"""The sums of all processes in one Redis hash."""

from __future__ import annotations

from collections.abc import Mapping

import redis

from jobs import keys
from jobs.adapters.redis_client import translated


class RedisSums:
    """Fulfils `jobs.figures.Sums`."""

    def __init__(self, client: redis.Redis[str]) -> None:
        self._redis = client

    def add(self, sums: Mapping[str, float]) -> None:
        with translated():
            pipe = self._redis.pipeline(transaction=True)
            for name, value in sums.items():
                pipe.hincrbyfloat(keys.FIGURES, name, value)
            pipe.execute()

    def all(self) -> dict[str, float]:
        with translated():
            return {name: float(value) for name, value in self._redis.hgetall(keys.FIGURES).items()}
