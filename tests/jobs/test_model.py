"""The table of moves, exhaustively, and what identifiers promise."""

import itertools
import time

import pytest

from jobs.errors import JobError
from jobs.model import FINISHED, MOVES, JobRecord, JobState, RegistrationRequest, new_job_id, new_tag

ALLOWED = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("queued", "failed"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "cancelling"),
    ("running", "queued"),
    ("cancelling", "cancelled"),
}


def record(state):
    request = RegistrationRequest(fixed="a", moving="b")
    return JobRecord(id="x", owner="ann", request=request, created_at=0.0, state=state)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(JobState, JobState)))
def test_only_listed_moves_are_possible(old, new):
    if (old, new) in ALLOWED:
        assert record(old).moved(new).state is new
    else:
        with pytest.raises(JobError) as refused:
            record(old).moved(new)
        assert refused.value.code == "illegal-move"


def test_every_state_is_in_the_table():
    assert set(MOVES) == set(JobState)
    assert {"succeeded", "failed", "cancelled"} == FINISHED


def test_a_job_that_ends_knows_when():
    before = time.time()
    assert record(JobState.RUNNING).moved(JobState.SUCCEEDED).finished_at >= before
    assert record(JobState.QUEUED).moved(JobState.RUNNING).finished_at is None


def test_job_ids_sort_by_time_and_tags_never_repeat():
    early = new_job_id()
    time.sleep(0.003)
    assert early < new_job_id()
    assert len({new_tag(1) for _ in range(100)}) == 100


def test_a_record_survives_json_bit_for_bit():
    one = record(JobState.RUNNING).changed(progress=0.1 + 0.2, qa={"a": [1, None, 2.5]})
    assert JobRecord.model_validate_json(one.model_dump_json()) == one
