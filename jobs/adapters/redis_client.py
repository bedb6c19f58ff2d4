"""Redis URL -> client, and the wall where Redis errors become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from jobs.errors import StoreUnavailableError


def connect(url: str) -> redis.Redis[str]:
    """A client that opens connections when needed and reconnects after an outage."""
    return redis.Redis.from_url(
        url, decode_responses=True, retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=3)
    )


def connect_bytes(url: str) -> redis.Redis[bytes]:
    """A client for values that are no text, and that nobody waits long for."""
    return redis.Redis.from_url(url, retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), retries=1), socket_timeout=5)


@contextmanager
def translated() -> Iterator[None]:
    """Redis does not answer: `store-unavailable`."""
    try:
        yield
    except (redis.exceptions.RedisError, OSError) as error:
        raise StoreUnavailableError("job store") from error
