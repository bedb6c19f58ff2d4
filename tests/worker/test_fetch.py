"""Scans of a real Orthanc become series of a job: once, whole, taken up where a worker died, never in vain for ever."""

import json
import threading
from dataclasses import replace
from functools import partial

import pydicom
import pytest

from jobs.ending import cancel, take_up
from jobs.intake import keep
from jobs.messages import QueueName
from jobs.model import MAX_ATTEMPTS, JobState, PacsSeries
from jobs.ports import Kind
from pacs.outcomes import instance_of
from pacs.sending import send
from registration.reading import ReadingLimits
from tests.builders.archived import STUDIES, reference, store_pair, uid, write_scan
from tests.builders.dicom import ct_series, save
from tests.builders.meddling import MeddlingJobs
from tests.builders.odd_archive import Answer, odd_archive
from tests.builders.orthanc import archives, needs_orthanc
from tests.builders.shifted import FIXED, MOVING, shift_method
from worker import attempt
from worker.handlers.fetch import received
from worker.handlers.register_pair import register_pair
from worker.handlers.transfer import transfer
from worker.patience import patiently
from worker.results import OpenResults

pytestmark = needs_orthanc


@pytest.fixture
def by_reference(pacs, make_job, tmp_path):
    """A job that names both scans by where they lie."""
    store_pair(pacs.archive(), tmp_path / "dicom")
    return make_job(fixed=reference("fixed"), moving=reference("moving"))


@pytest.fixture
def step(pacs, ports):
    """One delivery to the worker for transfers."""
    return lambda job_id: transfer(job_id, ports, archives(pacs.archive()), OpenResults(ports))


def test_what_was_fetched_is_registered(by_reference, step, ports):
    step(by_reference)
    record = ports.jobs.get(by_reference)
    assert (record.state, record.attempts, record.stage) == (JobState.QUEUED, 0, None)
    assert record.request.awaited() == {}
    assert ports.queue.waiting(QueueName.REGISTER) == 1
    register_pair(by_reference, ports, shift_method)
    done = ports.jobs.get(by_reference)
    assert done.state is JobState.SUCCEEDED
    assert {"fetching", "matching"} <= done.timings_s.keys()


def test_it_is_the_series_that_an_upload_of_the_same_files_makes(by_reference, step, ports, tmp_path):
    step(by_reference)
    for side, name in (("fixed", ports.jobs.get(by_reference).request.fixed), ("moving", None)):
        files = sorted((tmp_path / "dicom" / side).iterdir())
        record, new = keep(ports, "ann", received(files), tmp_path / "dicom" / side, ReadingLimits())
        assert not new
        assert name in (record.id, None)


def test_the_same_series_is_not_fetched_again(by_reference, step, ports, make_job, monkeypatch):
    step(by_reference)
    again = make_job(fixed=reference("moving"), moving=reference("fixed"))
    monkeypatch.setattr("pacs.dicomweb.DicomWeb.fetch_series", None)
    step(again)
    first, second = (ports.jobs.get(one).request for one in (by_reference, again))
    assert (first.fixed, first.moving) == (second.moving, second.fixed)


def test_a_series_that_has_changed_is_fetched_anew(by_reference, step, ports, make_job, pacs):
    step(by_reference)
    pacs.drop_end(uid("fixed"))
    again = make_job(fixed=reference("fixed"), moving=reference("moving"))
    step(again)
    assert ports.jobs.get(again).request.fixed != ports.jobs.get(by_reference).request.fixed
    assert ports.jobs.get(again).request.moving == ports.jobs.get(by_reference).request.moving


def test_delivered_twice_it_is_done_once(by_reference, step, ports):
    step(by_reference)
    before = ports.jobs.get(by_reference)
    step(by_reference)
    assert ports.jobs.get(by_reference) == before
    assert ports.queue.waiting(QueueName.REGISTER) == 1


def test_a_series_that_is_not_there(step, ports, make_job, pacs):
    job_id = make_job(fixed=reference("fixed"), moving="moving")
    step(job_id)
    assert ports.jobs.get(job_id).error.code == "pacs-series-not-found"


def test_what_cannot_be_a_volume_has_the_code_of_an_upload(step, ports, make_job, pacs, tmp_path):
    gap = save([one for k, one in enumerate(ct_series()) if k != 4], tmp_path / "gap")
    list(send(pacs.archive(), "stow", [instance_of(file) for file in gap.iterdir()]))
    one = ct_series()[0]
    job_id = make_job(fixed=PacsSeries(pacs="main", study=one.StudyInstanceUID, series=one.SeriesInstanceUID))
    step(job_id)
    assert ports.jobs.get(job_id).error.code == "series-missing-slices"
    assert list(ports.artefacts.names(Kind.SERIES)) == ["fixed", "moving"]


def test_an_archive_that_is_down_for_a_moment(by_reference, step, ports, pacs, monkeypatch):
    monkeypatch.setattr(attempt, "patiently", partial(patiently, pauses_s=(0.2, 0.4, 0.8, 1.6)))
    pacs.stop()
    later = threading.Timer(0.5, pacs.start)
    later.start()
    step(by_reference)
    later.join()
    assert ports.jobs.get(by_reference).state is JobState.QUEUED


def test_an_archive_that_stays_down(by_reference, step, ports, pacs, monkeypatch):
    monkeypatch.setattr(attempt, "patiently", partial(patiently, pauses_s=(0.01, 0.01)))
    pacs.stop()
    try:
        step(by_reference)
    finally:
        pacs.start()
    record = ports.jobs.get(by_reference)
    assert (record.state, record.error.code) == (JobState.FAILED, "pacs-unreachable")
    assert str(pacs.http) not in record.error.message


def test_an_answer_with_less_than_was_announced(ports, make_job, monkeypatch):
    monkeypatch.setattr(attempt, "patiently", partial(patiently, pauses_s=(0.01,)))
    found = json.dumps([{"00080018": {"vr": "UI", "Value": [f"1.2.{k}"]}} for k in range(2)]).encode()
    parts = {"Content-Type": 'multipart/related; type="application/dicom"; boundary="b"'}
    one = Answer(body=b"--b\r\n\r\nabc\r\n--b--\r\n", headers=parts)
    with odd_archive(lambda path: Answer(body=found) if "instances" in path else one) as archive:
        job_id = make_job(fixed=reference("fixed", "odd"))
        transfer(job_id, ports, archives(archive), OpenResults(ports))
    error = ports.jobs.get(job_id).error
    assert error.code == "pacs-answer-invalid"
    assert error.details == {"expected": 2, "got": 1}


def fetching(record):
    return record.stage == "fetching" and record.progress > 0


def test_cancelled_while_it_arrives(by_reference, ports, pacs, monkeypatch):
    monkeypatch.setattr("worker.claim.REPORT_EVERY_S", 0.0)
    meddling = replace(ports, jobs=MeddlingJobs(fetching, lambda job_id: cancel(meddling, job_id, purge=False)))
    meddling.jobs.create(ports.jobs.get(by_reference))
    transfer(by_reference, meddling, archives(pacs.archive()), OpenResults(meddling))
    assert meddling.jobs.meddled
    assert meddling.jobs.get(by_reference).state is JobState.CANCELLED
    assert meddling.queue.waiting(QueueName.REGISTER) == 0


def test_a_worker_that_died_is_followed_by_another(by_reference, step, ports):
    step(by_reference)
    half = ports.jobs.get(by_reference).request.model_copy(update={"moving": reference("moving")})
    ports.jobs.update(by_reference, lambda r: r.moved(JobState.RUNNING, claim="dead", attempts=1).changed(request=half))
    ports.queue._jobs[QueueName.REGISTER].get()
    assert take_up(ports) == [by_reference]
    assert ports.queue.waiting(QueueName.TRANSFER) == 1
    step(by_reference)
    assert ports.jobs.get(by_reference).request.awaited() == {}
    assert ports.queue.waiting(QueueName.REGISTER) == 1


def test_a_fetch_that_kills_every_worker_fails(by_reference, ports):
    ports.jobs.update(by_reference, lambda r: r.moved(JobState.RUNNING, claim="dead", attempts=MAX_ATTEMPTS))
    take_up(ports)
    assert ports.jobs.get(by_reference).error.code == "worker-lost"


def test_other_patients_are_not_registered_by_accident(step, ports, make_job, pacs, tmp_path):
    for side, grid in (("fixed", FIXED), ("moving", MOVING)):
        files = write_scan(tmp_path / side, side, grid)
        for file in files:
            one = pydicom.dcmread(file)
            one.PatientID = side
            one.save_as(file)
        list(send(pacs.archive(), "stow", [instance_of(file) for file in files]))
    asked = {"fixed": reference("fixed"), "moving": reference("moving")}
    refused, confirmed = make_job(**asked), make_job(**asked, confirm=("different-patients",))
    step(refused)
    step(confirmed)
    assert ports.jobs.get(refused).error.code == "pair-unconfirmed"
    assert ports.jobs.get(confirmed).state is JobState.QUEUED
    assert STUDIES["fixed"] not in ports.jobs.get(refused).error.message
