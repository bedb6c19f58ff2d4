"""A job runs once, ends as its record says, and leaves nothing behind that it should not."""

import json
import logging
import threading
import time

import numpy as np
import pytest

from jobs.ending import cancel, take_up
from jobs.errors import JobError, NotFoundError, StoreUnavailableError
from jobs.model import Correspondence, JobState, KeypointRequest
from jobs.ports import Kind
from registration.archive import load_result
from registration.errors import CancelledError, MethodError
from registration.model import default_model
from tests.builders.shifted import FIXED, SHIFT, shift_method
from worker.claim import DEFAULT_LIMIT, Claim, Limit, claimed
from worker.handlers.register_pair import _run, register_pair
from worker.method import method_with
from worker.patience import patiently


def test_a_job_succeeds_with_result_model_and_first_revision(ports, make_job):
    job_id = make_job()
    register_pair(job_id, ports, shift_method)
    record = ports.jobs.get(job_id)
    assert (record.state, record.progress, record.attempts) == (JobState.SUCCEEDED, 1.0, 1)
    assert record.model["name"] == "shift"
    assert [r.number for r in record.revisions] == [0]
    base = load_result(ports.artefacts.folder(Kind.REGISTRATION, job_id) / "result").base
    assert np.allclose(base.vectors_mm, SHIFT)
    assert not ports.leases.held(job_id)


def test_correspondences_of_the_request_become_revision_one(ports, make_job):
    middle = FIXED.corners().mean(0)
    click = Correspondence(id="c", fixed=tuple(middle), moving=tuple(middle + SHIFT + 1))
    job_id = make_job(correspondences=(click,))
    register_pair(job_id, ports, shift_method)
    assert [(r.number, r.correspondences) for r in ports.jobs.get(job_id).revisions] == [(0, 0), (1, 1)]


def test_the_method_is_told_which_keypoints_were_asked_for(ports, make_job):
    asked, usual = make_job(keypoints=KeypointRequest(detector="sift", max=40)), make_job()
    for job_id in (asked, usual):
        register_pair(job_id, ports, shift_method)
    found = [[ports.jobs.get(job_id).qa[key] for key in ("detector", "keypoints")] for job_id in (asked, usual)]
    assert found == [["sift", 40], ["foerstner", 50]]


def test_a_job_whose_detector_has_no_weights_here_fails_before_anything_is_computed(
    ports, make_job, monkeypatch, tmp_path
):
    monkeypatch.setenv("KERNELREG_WEIGHTS_DIR", str(tmp_path / "weights"))
    job_id = make_job(keypoints=KeypointRequest(detector="superpoint"))
    register_pair(job_id, ports, method_with(default_model()))
    record = ports.jobs.get(job_id)
    assert (record.state, record.error.code, record.stage) == (JobState.FAILED, "weights-missing", None)
    assert "superpoint_v1.pth" in record.error.message


def test_a_message_delivered_again_does_nothing(ports, make_job):
    job_id, calls = make_job(), []

    def counted(*volumes, **options):
        calls.append(1)
        return shift_method(*volumes, **options)

    register_pair(job_id, ports, counted)
    before = ports.jobs.get(job_id)
    register_pair(job_id, ports, counted)
    assert (len(calls), ports.jobs.get(job_id)) == (1, before)


def test_a_message_delivered_twice_at_once_runs_once(ports, make_job):
    job_id, calls, inside, go = make_job(), [], threading.Event(), threading.Event()

    def slow(*volumes, **options):
        calls.append(1)
        inside.set()
        go.wait(5)
        return shift_method(*volumes, **options)

    first = threading.Thread(target=register_pair, args=(job_id, ports, slow))
    first.start()
    inside.wait(5)
    register_pair(job_id, ports, slow)
    go.set()
    first.join()
    assert len(calls) == 1
    assert ports.jobs.get(job_id).state is JobState.SUCCEEDED


def test_what_the_method_objects_to_is_in_the_record(ports, make_job):
    job_id = make_job()

    def refuse(*_, **__):
        raise MethodError("scans-do-not-overlap", "The two scans show no common region.", overlap=0.0)

    register_pair(job_id, ports, refuse)
    record = ports.jobs.get(job_id)
    assert (record.state, record.error.code) == (JobState.FAILED, "scans-do-not-overlap")
    assert record.error.details == {"overlap": 0.0}


def test_an_accident_tells_the_client_nothing_of_the_insides(ports, make_job, caplog):
    job_id = make_job()

    def broken(*_, **__):
        raise ValueError("PATIENT^NAME")

    with caplog.at_level(logging.INFO, "kernelreg"):
        register_pair(job_id, ports, broken)
    assert ports.jobs.get(job_id).error.code == "internal"
    told = json.dumps([vars(r) for r in caplog.records], default=str) + ports.jobs.get(job_id).model_dump_json()
    assert "PATIENT" not in told
    assert "ValueError" in told


def test_a_purged_series_fails_the_job_by_name(ports, make_job):
    job_id = make_job()
    ports.artefacts.delete(Kind.SERIES, "moving")
    register_pair(job_id, ports, shift_method)
    assert ports.jobs.get(job_id).error.code == "series-not-found"


def test_a_running_job_stops_when_asked(ports, make_job):
    job_id = make_job()

    def asked_to_stop(*volumes, **options):
        cancel(ports, job_id, purge=False)
        assert ports.jobs.get(job_id).state is JobState.CANCELLING
        return shift_method(*volumes, **options)

    register_pair(job_id, ports, asked_to_stop)
    assert ports.jobs.get(job_id).state is JobState.CANCELLED
    assert list(ports.artefacts.names(Kind.REGISTRATION)) == []


def test_a_running_job_that_is_deleted_leaves_no_trace(ports, make_job):
    job_id = make_job()

    def deleted(*volumes, **options):
        cancel(ports, job_id, purge=True)
        return shift_method(*volumes, **options)

    register_pair(job_id, ports, deleted)
    with pytest.raises(NotFoundError):
        ports.jobs.get(job_id)
    assert list(ports.artefacts.names(Kind.REGISTRATION)) == []


def test_a_dead_workers_job_is_taken_up_and_its_ghost_cannot_write(ports, make_job):
    job_id = make_job()
    record = ports.jobs.update(job_id, lambda r: r.moved(JobState.RUNNING, claim="ghost", attempts=1))
    assert take_up(ports) == [job_id]
    register_pair(job_id, ports, shift_method)
    assert ports.jobs.get(job_id).attempts == 2
    ghost = Claim(ports, record, "ghost", DEFAULT_LIMIT)
    with pytest.raises(JobError) as refused:
        ghost.move(JobState.FAILED)
    with pytest.raises(CancelledError):
        ghost.report("matching", 0.5)
    assert refused.value.code == "claim-lost"
    assert ports.jobs.get(job_id).state is JobState.SUCCEEDED


def test_the_lease_beats_while_the_job_runs(ports, make_job):
    job_id, held = make_job(), []
    with claimed(ports, job_id, lease_s=0.2):
        for _ in range(8):
            time.sleep(0.06)
            held.append(ports.leases.held(job_id))
    assert all(held)
    assert not ports.leases.held(job_id)


def test_an_outage_is_waited_for_and_the_job_succeeds(ports, make_job):
    job_id, failures = make_job(), [StoreUnavailableError("artefact store")] * 2

    def away_at_first(*volumes, **options):
        if failures:
            raise failures.pop()
        return shift_method(*volumes, **options)

    with claimed(ports, job_id) as claim:
        patiently(lambda: _run(claim, ports, away_at_first), claim, (0.01, 0.02, 0.03))
    assert ports.jobs.get(job_id).state is JobState.SUCCEEDED
    assert failures == []


def test_an_outage_that_lasts_fails_the_job_with_its_reason(ports, make_job):
    job_id, calls = make_job(), []

    def away(*_, **__):
        calls.append(1)
        raise StoreUnavailableError("artefact store")

    with claimed(ports, job_id) as claim, pytest.raises(StoreUnavailableError):
        patiently(lambda: _run(claim, ports, away), claim, (0.01, 0.02))
    assert len(calls) == 3


def test_a_full_storage_fails_the_job_at_once(ports, make_job):
    job_id, calls = make_job(), []

    def full(*_, **__):
        calls.append(1)
        raise JobError("storage-full", "The storage of the service is full.")

    register_pair(job_id, ports, full)
    record = ports.jobs.get(job_id)
    assert (record.state, record.error.code, len(calls)) == (JobState.FAILED, "storage-full", 1)


def test_a_pause_ends_when_someone_asks_to_stop(ports, make_job):
    job_id = make_job()

    def away(*_, **__):
        cancel(ports, job_id, purge=False)
        raise StoreUnavailableError("artefact store")

    began = time.monotonic()
    register_pair(job_id, ports, away)
    assert ports.jobs.get(job_id).state is JobState.CANCELLED
    assert time.monotonic() - began < 1


def test_a_job_that_takes_too_long_ends_at_its_next_report(ports, make_job):
    job_id = make_job()

    def slow(*volumes, **options):
        time.sleep(0.05)
        return shift_method(*volumes, **options)

    register_pair(job_id, ports, slow, Limit(0.01))
    record = ports.jobs.get(job_id)
    assert (record.state, record.error.code) == (JobState.FAILED, "job-too-long")


def test_a_job_that_never_reports_is_failed_from_outside(ports, make_job):
    job_id, gave_up = make_job(), threading.Event()
    with claimed(ports, job_id, lease_s=0.04, limit=Limit(0.01, 0.02, gave_up.set)):
        assert gave_up.wait(5)
        assert ports.jobs.get(job_id).error.code == "job-too-long"
