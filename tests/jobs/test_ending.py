"""Cancel, purge, and taking up what died."""

import time

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.ending import cancel, take_up
from jobs.errors import NotFoundError
from jobs.model import MAX_ATTEMPTS, JobRecord, JobState, RegistrationRequest, new_job_id
from jobs.ports import Kind, Ports


@pytest.fixture
def ports(tmp_path):
    leases = MemoryLeases()
    return Ports(MemoryJobs(), DiskArtefacts(tmp_path), MemoryQueue(), leases, leases)


def job(ports, **values):
    request = RegistrationRequest(fixed="a", moving="b")
    return ports.jobs.create(
        JobRecord(id=new_job_id(), owner="ann", request=request, created_at=time.time(), **values)
    ).id


def test_a_queued_job_is_cancelled_at_once(ports):
    job_id = job(ports)
    assert cancel(ports, job_id, purge=False).state is JobState.CANCELLED


def test_a_running_job_is_asked_and_a_dead_one_is_ended(ports):
    alive, dead = job(ports, state=JobState.RUNNING), job(ports, state=JobState.RUNNING)
    ports.leases.acquire(alive, "worker", 5)
    assert cancel(ports, alive, purge=True).state is JobState.CANCELLING
    assert cancel(ports, dead, purge=True) is None
    with pytest.raises(NotFoundError):
        ports.jobs.get(dead)


def test_purge_removes_record_and_artefacts(ports):
    job_id = job(ports, state=JobState.SUCCEEDED)
    with ports.artefacts.staging() as staged:
        (staged / "field").write_text("...")
        ports.artefacts.publish(Kind.REGISTRATION, job_id, staged)
    assert cancel(ports, job_id, purge=True) is None
    assert list(ports.artefacts.names(Kind.REGISTRATION)) == []
    with pytest.raises(NotFoundError):
        ports.jobs.get(job_id)


def test_a_job_without_living_worker_is_queued_again(ports):
    alive, dead = job(ports, state=JobState.RUNNING, claim="x"), job(ports, state=JobState.RUNNING, claim="y")
    ports.leases.acquire(alive, "x", 5)
    assert take_up(ports) == [dead]
    assert ports.jobs.get(dead).state is JobState.QUEUED
    assert ports.jobs.get(alive).state is JobState.RUNNING


def test_a_lost_message_is_sent_again_but_a_waiting_one_is_not(ports):
    lost = job(ports)
    assert take_up(ports) == [lost]
    assert ports.queue.waiting() == 1
    assert take_up(ports) == []


def test_a_job_that_kills_every_worker_fails(ports):
    job_id = job(ports, state=JobState.RUNNING, attempts=MAX_ATTEMPTS)
    assert take_up(ports) == []
    assert ports.jobs.get(job_id).error.code == "worker-lost"


def test_a_half_finished_purge_is_finished(ports):
    job_id = job(ports, state=JobState.CANCELLING, purge=True)
    assert take_up(ports) == []
    with pytest.raises(NotFoundError):
        ports.jobs.get(job_id)


def test_a_purge_that_died_after_the_job_had_ended_is_finished(ports):
    job_id = job(ports, state=JobState.SUCCEEDED, purge=True)
    with ports.artefacts.staging() as staged:
        (staged / "field").write_text("...")
        ports.artefacts.publish(Kind.REGISTRATION, job_id, staged)
    assert take_up(ports) == []
    assert list(ports.artefacts.names(Kind.REGISTRATION)) == []
    with pytest.raises(NotFoundError):
        ports.jobs.get(job_id)
