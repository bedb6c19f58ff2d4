"""A revision becomes the current one once, also when the store's answer is lost on the way."""

import time

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.errors import JobError, NotFoundError
from jobs.model import Correspondence, JobRecord, JobState, RegistrationRequest, new_job_id
from jobs.ports import Kind, Ports
from jobs.revisions import commit, following, original, read_set, write_set

CLICKS = (Correspondence(id="a", fixed=(1, 2, 3), moving=(4, 5, 6)),)


class ForgetfulJobs(MemoryJobs):
    """Writes, loses the connection before it can say so, and tries again: what Redis does after an outage."""

    def update(self, job_id, change):
        super().update(job_id, change)
        return super().update(job_id, change)


@pytest.fixture
def ports(tmp_path):
    leases = MemoryLeases()
    return Ports(ForgetfulJobs(), DiskArtefacts(tmp_path), MemoryQueue(), leases, leases)


@pytest.fixture
def record(ports):
    """A registration that has succeeded."""
    request, now = RegistrationRequest(fixed="a", moving="b"), time.time()
    values = {"state": JobState.SUCCEEDED, "revisions": (original("ann"),)}
    kept = ports.jobs.create(JobRecord(id=new_job_id(), owner="ann", request=request, created_at=now, **values))
    with ports.artefacts.staging() as staged:
        ports.artefacts.publish(Kind.REGISTRATION, kept.id, staged)
    return kept


def revised(ports, record):
    revision = following(record, CLICKS, by="ann", action="correct")
    write_set(ports, record.id, revision, CLICKS)
    return revision


def test_a_commit_whose_answer_was_lost_is_a_commit(ports, record):
    revision = revised(ports, record)
    assert commit(ports, record.id, revision, expected=record.current.tag).current == revision
    assert read_set(ports, record.id, revision) == CLICKS


def test_the_set_of_a_stale_revision_is_removed(ports, record):
    first, second = revised(ports, record), revised(ports, record)
    commit(ports, record.id, first, expected=record.current.tag)
    with pytest.raises(JobError, match="ETag") as refused:
        commit(ports, record.id, second, expected=record.current.tag)
    assert refused.value.code == "revision-stale"
    with pytest.raises(NotFoundError):
        read_set(ports, record.id, second)
