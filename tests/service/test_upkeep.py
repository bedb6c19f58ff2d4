"""Jobs, retention and copies are looked after while the service runs, by one process at a time, whatever goes wrong."""

import time

import pytest

from jobs.errors import StoreUnavailableError
from jobs.model import JobRecord, JobState, RegistrationRequest, new_job_id
from service import upkeep as module
from service.upkeep import upkeep


@pytest.fixture
def hasty(monkeypatch):
    """No patience after an outage."""
    monkeypatch.setattr(module, "AFTER_OUTAGE_S", 0.01)


def job(ports, **values):
    request = RegistrationRequest(fixed="a", moving="b")
    return ports.jobs.create(JobRecord(id=new_job_id(), owner="ann", request=request, created_at=0.0, **values)).id


def soon(check):
    deadline = time.monotonic() + 5
    while not check() and time.monotonic() < deadline:
        time.sleep(0.01)
    return check()


def test_a_dead_workers_job_and_an_old_result_are_looked_after(ports):
    dead = job(ports, state=JobState.RUNNING, claim="ghost", attempts=1)
    old = job(ports, state=JobState.SUCCEEDED, finished_at=1.0)
    with upkeep(ports, retention_days=1, every_s=0.02, seldom_s=0.02):
        assert soon(lambda: ports.jobs.get(dead).state is JobState.QUEUED)
        assert soon(lambda: old not in {one.id for one in ports.jobs.page("ann", before=None, limit=9)})


def test_only_one_process_looks_after_jobs(ports):
    dead = job(ports, state=JobState.RUNNING, claim="ghost", attempts=1)
    ports.leases.acquire("upkeep", "another service", 60)
    with upkeep(ports, retention_days=0, every_s=0.02, seldom_s=60):
        time.sleep(0.2)
    assert ports.jobs.get(dead).state is JobState.RUNNING


def test_an_outage_and_an_accident_do_not_end_it(ports, monkeypatch, hasty):
    dead, failures = (
        job(ports, state=JobState.RUNNING, claim="ghost", attempts=1),
        [ValueError(), StoreUnavailableError("x")],
    )
    unfinished = ports.jobs.unfinished

    def shaky():
        if failures:
            raise failures.pop()
        return unfinished()

    monkeypatch.setattr(ports.jobs, "unfinished", shaky)
    with upkeep(ports, retention_days=0, every_s=0.02, seldom_s=60):
        assert soon(lambda: ports.jobs.get(dead).state is JobState.QUEUED)
    assert failures == []
