"""One suite over every JobStore: what service and worker may rely on."""

import threading
import time

import pytest

from jobs.errors import JobError, NotFoundError
from jobs.idempotency import Idempotency
from jobs.model import JobRecord, JobState, RegistrationRequest, new_job_id


def record(owner="ann", **values):
    request = RegistrationRequest(fixed="f" * 32, moving="e" * 32)
    return JobRecord(id=new_job_id(), owner=owner, request=request, created_at=time.time(), **values)


def test_a_record_comes_back_as_it_was_kept(job_store):
    kept = job_store.create(record())
    assert job_store.get(kept.id) == kept


def test_an_unknown_id_is_not_found(job_store):
    with pytest.raises(NotFoundError, match="No registration"):
        job_store.get("nothing")
    with pytest.raises(NotFoundError):
        job_store.update("nothing", lambda r: r)


def test_the_same_idempotency_key_gives_the_first_record(job_store):
    promise = Idempotency("kernelreg:idempotency:k", "digest")
    assert job_store.repeated(promise) is None
    first = job_store.create(record(idempotency=promise.key), promise)
    assert job_store.repeated(promise).id == first.id
    second = job_store.create(record(idempotency=promise.key), promise)
    assert second == first
    with pytest.raises(JobError) as refused:
        job_store.create(record(), Idempotency(promise.key, "another request"))
    assert refused.value.code == "idempotency-key-reused"
    assert job_store.page("ann", before=None, limit=10) == [first]


def test_two_clients_with_one_idempotency_key_at_once_make_one_job(job_store):
    promise, made = Idempotency("kernelreg:idempotency:race", "digest"), []

    def post():
        made.append(job_store.create(record(idempotency=promise.key), promise).id)

    run_together([post] * 8)
    assert len(made) == 8
    assert len(set(made)) == 1


def test_no_update_is_lost_when_many_write_at_once(job_store):
    kept = job_store.create(record())

    def add():
        for _ in range(20):
            job_store.update(kept.id, lambda r: r.changed(attempts=r.attempts + 1))

    run_together([add] * 5)
    assert job_store.get(kept.id).attempts == 100


def test_an_update_that_raises_changes_nothing(job_store):
    kept = job_store.create(record())
    with pytest.raises(JobError):
        job_store.update(kept.id, lambda r: r.moved(JobState.SUCCEEDED))
    assert job_store.get(kept.id) == kept


def test_unfinished_follows_the_state(job_store):
    one, other = job_store.create(record()), job_store.create(record())
    job_store.update(one.id, lambda r: r.moved(JobState.CANCELLED))
    assert [r.id for r in job_store.unfinished()] == [other.id]


def test_what_is_still_to_be_purged_is_unfinished(job_store):
    kept = job_store.create(record())
    job_store.update(kept.id, lambda r: r.moved(JobState.CANCELLED, purge=True))
    assert [r.id for r in job_store.unfinished()] == [kept.id]
    job_store.delete(kept.id)
    assert job_store.unfinished() == []


def test_pages_are_newest_first_and_belong_to_their_owner(job_store):
    made = []
    for _ in range(5):
        made.append(job_store.create(record()).id)
        time.sleep(0.002)
    job_store.create(record(owner="bob"))
    first = [r.id for r in job_store.page("ann", before=None, limit=3)]
    rest = [r.id for r in job_store.page("ann", before=first[-1], limit=3)]
    assert first + rest == made[::-1]


def test_delete_leaves_no_trace(job_store):
    promise = Idempotency("kernelreg:idempotency:gone", "digest")
    kept = job_store.create(record(idempotency=promise.key), promise)
    job_store.delete(kept.id)
    job_store.delete(kept.id)
    assert job_store.page("ann", before=None, limit=10) == job_store.unfinished() == []
    again = job_store.create(record(idempotency=promise.key), promise)
    assert again.id != kept.id


def test_delete_empties_redis(clean_redis):
    from jobs.adapters.redis_jobs import RedisJobs

    store, promise = RedisJobs(clean_redis), Idempotency("kernelreg:idempotency:x", "digest")
    kept = store.create(record(idempotency=promise.key), promise)
    store.delete(kept.id)
    assert clean_redis.keys("*") == []


def test_an_outage_is_a_known_error():
    from jobs.adapters.redis_client import connect
    from jobs.adapters.redis_jobs import RedisJobs

    with pytest.raises(JobError) as failed:
        RedisJobs(connect("unix:///nowhere/redis.sock")).ping()
    assert failed.value.code == "store-unavailable"


def run_together(tasks):
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
