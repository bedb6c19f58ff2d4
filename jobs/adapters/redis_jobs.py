"""Job records in Redis: JSON strings, written by compare-and-set."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import redis
from redis.client import Pipeline

from jobs import keys
from jobs.adapters.redis_client import translated
from jobs.idempotency import Idempotency, KnownRequest, same_request, unknown_job
from jobs.model import JobRecord


class RedisJobs:
    """Fulfils `jobs.ports.JobStore`."""

    def __init__(self, client: redis.Redis[str]) -> None:
        self._redis = client

    def create(self, record: JobRecord, idempotency: Idempotency | None = None) -> JobRecord:
        watched = [idempotency.key] if idempotency else []
        return self._transaction(lambda pipe: self._create(pipe, record, idempotency), *watched)

    def repeated(self, idempotency: Idempotency) -> JobRecord | None:
        with translated():
            known = self._redis.get(idempotency.key)
        return self.get(same_request(KnownRequest.model_validate_json(known), idempotency)) if known else None

    def get(self, job_id: str) -> JobRecord:
        with translated():
            return parse(self._redis.get(keys.job(job_id)))

    def update(self, job_id: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
        def replace(pipe: Pipeline[str]) -> JobRecord:
            record = change(parse(pipe.get(keys.job(job_id))))
            pipe.multi()
            write(pipe, record)
            return record

        return self._transaction(replace, keys.job(job_id))

    def delete(self, job_id: str) -> None:
        with translated():
            stored = self._redis.get(keys.job(job_id))
            if stored is None:
                return
            record = parse(stored)
            pipe = self._redis.pipeline(transaction=True)
            pipe.delete(keys.job(job_id), *([record.idempotency] if record.idempotency else []))
            pipe.zrem(keys.owner_index(record.owner), job_id)
            pipe.srem(keys.UNFINISHED, job_id)
            pipe.zrem(keys.ENDED, job_id)
            pipe.execute()

    def page(self, owner: str, *, before: str | None, limit: int) -> list[JobRecord]:
        with translated():
            end = f"({before}" if before else "+"
            ids = self._redis.zrevrangebylex(keys.owner_index(owner), end, "-", start=0, num=limit)
            return self._records(ids)

    def unfinished(self) -> list[JobRecord]:
        with translated():
            return self._records(sorted(self._redis.smembers(keys.UNFINISHED)))

    def ended_before(self, moment: float) -> list[JobRecord]:
        with translated():
            return self._records(self._redis.zrangebyscore(keys.ENDED, "-inf", f"({moment}"))

    def ping(self) -> None:
        with translated():
            self._redis.ping()

    def _transaction(self, write: Callable[[Pipeline[str]], JobRecord], *watched: str) -> JobRecord:
        """Run `write` until nobody else has touched the watched keys meanwhile."""
        with translated():
            found = self._redis.transaction(write, *watched, value_from_callable=True)  # type: ignore[no-untyped-call]
        return cast(JobRecord, found)

    def _create(self, pipe: Pipeline[str], record: JobRecord, idempotency: Idempotency | None) -> JobRecord:
        known = cast("str | None", pipe.get(idempotency.key)) if idempotency else None
        if idempotency and known:
            return self.get(same_request(KnownRequest.model_validate_json(known), idempotency))
        pipe.multi()
        write(pipe, record)
        pipe.zadd(keys.owner_index(record.owner), {record.id: 0})
        if idempotency:
            entry = KnownRequest(digest=idempotency.digest, job_id=record.id)
            pipe.set(idempotency.key, entry.model_dump_json(), ex=idempotency.lifetime_s)
        return record

    def _records(self, ids: list[str]) -> list[JobRecord]:
        found = self._redis.mget([keys.job(i) for i in ids]) if ids else []
        return [parse(text) for text in found if text is not None]


def parse(text: object) -> JobRecord:
    """JSON -> record; None is `registration-not-found`."""
    if text is None:
        raise unknown_job()
    return JobRecord.model_validate_json(cast(str, text))


def write(pipe: Pipeline[str], record: JobRecord) -> None:
    """Queue the record and its place among the unfinished or the ended."""
    pipe.set(keys.job(record.id), record.model_dump_json())
    if record.finished_at is not None:
        pipe.zadd(keys.ENDED, {record.id: record.finished_at})
    (pipe.srem if record.settled else pipe.sadd)(keys.UNFINISHED, record.id)
