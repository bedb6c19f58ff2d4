"""What was kept long enough goes without a trace; what is young, or read, stays."""

import time

import pytest

from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.adapters.redis_jobs import RedisJobs
from jobs.errors import NotFoundError
from jobs.model import JobRecord, JobState, RegistrationRequest, new_job_id
from jobs.ports import Kind, Ports
from jobs.retention import DAY_S, expire
from jobs.series import DOCUMENT, SeriesRecord

OLD, YOUNG = time.time() - 10 * DAY_S, time.time()


@pytest.fixture(params=["memory", "redis"])
def ports(request, disk_store):
    jobs = MemoryJobs() if request.param == "memory" else RedisJobs(request.getfixturevalue("clean_redis"))
    leases = MemoryLeases()
    return Ports(jobs, disk_store, MemoryQueue(), leases, leases)


def job(ports, state=JobState.SUCCEEDED, finished_at=None, **request):
    asked = RegistrationRequest(**({"fixed": "a", "moving": "b"} | request))
    record = JobRecord(id=new_job_id(), owner="ann", request=asked, created_at=OLD)
    ports.jobs.create(record)
    ports.jobs.update(record.id, lambda r: r.changed(state=state, finished_at=finished_at))
    with ports.artefacts.staging() as staged:
        (staged / "field").write_text("...")
        ports.artefacts.publish(Kind.REGISTRATION, record.id, staged)
    return record.id


def series(ports, name, created_at):
    with ports.artefacts.staging() as staged:
        record = SeriesRecord(id=name, owner="ann", created_at=created_at, bytes=1, files=1, grid={}, report={})
        (staged / DOCUMENT).write_text(record.model_dump_json())
        ports.artefacts.publish(Kind.SERIES, name, staged)


def test_old_results_go_and_young_and_running_ones_stay(ports):
    gone, failed = job(ports, finished_at=OLD), job(ports, JobState.FAILED, finished_at=OLD)
    stay = {job(ports, finished_at=YOUNG), job(ports, JobState.RUNNING)}
    assert set(expire(ports, 7)) == {gone, failed}
    assert set(ports.artefacts.names(Kind.REGISTRATION)) == stay
    with pytest.raises(NotFoundError):
        ports.jobs.get(gone)
    assert expire(ports, 7) == []


def test_old_series_go_unless_a_registration_reads_them(ports):
    job(ports, JobState.RUNNING, fixed="read")
    for name, moment in (("read", OLD), ("unread", OLD), ("young", YOUNG)):
        series(ports, name, moment)
    assert expire(ports, 7) == ["unread"]
    assert set(ports.artefacts.names(Kind.SERIES)) == {"read", "young"}


def test_without_a_time_to_live_everything_stays(ports):
    kept = job(ports, finished_at=OLD)
    assert expire(ports, 0) == []
    assert ports.jobs.get(kept)


def test_what_expired_leaves_nothing_in_redis(clean_redis, disk_store):
    leases = MemoryLeases()
    ports = Ports(RedisJobs(clean_redis), disk_store, MemoryQueue(), leases, leases)
    job(ports, finished_at=OLD)
    expire(ports, 7)
    assert clean_redis.keys("*") == []
