"""Results on their way to archives: every instance accounted for, nothing twice, nothing for ever."""

import json
import logging
import time
from dataclasses import replace

import pytest

from jobs import exports
from jobs.ending import cancel, take_up
from jobs.exports import USUAL, started
from jobs.intake import keep
from jobs.messages import QueueName
from jobs.model import MAX_ATTEMPTS, Export, ExportState
from jobs.ports import Kind
from jobs.revisions import require_result
from pacs.dicomweb import DicomWeb
from pacs.settings import Archive
from registration.reading import ReadingLimits
from tests.builders.archived import odd_pacs, uid, write_scan
from tests.builders.meddling import MeddlingJobs
from tests.builders.orthanc import archives, needs_orthanc
from tests.builders.shifted import FIXED, MOVING, shift_method
from worker import delivery
from worker.handlers.fetch import received
from worker.handlers.register_pair import register_pair
from worker.handlers.transfer import transfer
from worker.results import OpenResults

CT, REGISTRATION = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.66.3"
OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0xA700, 0xC000
SLICES = FIXED.size[2]


@pytest.fixture
def from_dicom(ports, make_job, tmp_path):
    """A registration of two DICOM series."""
    named = {}
    for side, grid in (("fixed", FIXED), ("moving", MOVING)):
        files = write_scan(tmp_path / side, side, grid)
        named[side] = keep(ports, "ann", received(files), tmp_path / side, ReadingLimits())[0].id
    job_id = make_job(**named)
    register_pair(job_id, ports, shift_method)
    return job_id


@pytest.fixture
def ask(ports):
    """Have a registration exported; the export's id."""

    def ask(job_id, pacs="main", objects=USUAL, via="stow"):
        record = ports.jobs.get(job_id)
        revision = require_result(record)
        name = exports.export_id(job_id, revision.tag, pacs, objects)
        number = {"revision": revision.number, "tag": revision.tag}
        wanted = Export(id=name, pacs=pacs, via=via, objects=objects, by="ann", created_at=time.time(), **number)
        ports.jobs.update(job_id, lambda latest: started(latest, wanted))
        return name

    return ask


@pytest.fixture
def step(ports):
    """One delivery to the worker for transfers."""
    return lambda job_id, *known: transfer(job_id, ports, archives(*known), OpenResults(ports))


@pytest.fixture
def told(ports):
    """The export, and its rows."""

    def told(job_id, name):
        return exports.find_export(ports.jobs.get(job_id), name), exports.read_outcomes(ports, job_id, name)

    return told


@pytest.fixture
def quick(monkeypatch):
    """Pauses that a test can wait for."""
    monkeypatch.setattr(delivery, "PAUSES_S", (0.01, 0.02))


@needs_orthanc
@pytest.mark.parametrize("via", ["stow", "c-store"])
def test_every_object_arrives_and_is_found(from_dicom, ask, step, told, pacs, via):
    name = ask(from_dicom, via=via)
    step(from_dicom, pacs.archive())
    export, rows = told(from_dicom, name)
    assert (export.state, export.error, export.attempts) == (ExportState.SUCCEEDED, None, 1)
    assert export.stored == len(rows) == pacs.instances() == SLICES + 3
    assert {row.object for row in rows} == set(USUAL)
    assert {row.status for row in rows} == {"stored"}
    with DicomWeb(pacs.archive()) as web:
        (study,) = web.search_studies({"PatientID": "P1"})
        modalities = sorted(one.Modality for one in web.search_series(study.StudyInstanceUID))
    assert modalities == ["CT", "REG", "REG", "SR"]


@needs_orthanc
def test_exported_twice_it_is_there_once(from_dicom, ask, step, told, pacs, ports):
    name = ask(from_dicom)
    step(from_dicom, pacs.archive())
    first = told(from_dicom, name)
    assert ask(from_dicom) == name
    step(from_dicom, pacs.archive())
    assert told(from_dicom, name) == first
    for via in ("stow", "c-store"):
        ports.artefacts.drop(Kind.REGISTRATION, from_dicom, exports.outcomes_file(name))
        exports.update(ports, from_dicom, name, lambda e, v=via: e.changed(state=ExportState.QUEUED, via=v))
        step(from_dicom, pacs.archive())
        assert told(from_dicom, name)[0].already == pacs.instances() == SLICES + 3


@needs_orthanc
def test_an_archive_that_is_down_gets_it_when_asked_again(from_dicom, ask, step, told, pacs, quick):
    name = ask(from_dicom)
    pacs.stop()
    try:
        step(from_dicom, pacs.archive())
    finally:
        pacs.start()
    export, rows = told(from_dicom, name)
    assert (export.state, export.error.code) == (ExportState.FAILED, "pacs-unreachable")
    assert {row.reason for row in rows} == {"pacs-unreachable"}
    assert ask(from_dicom) == name
    step(from_dicom, pacs.archive())
    assert told(from_dicom, name)[0].state is ExportState.SUCCEEDED
    assert pacs.instances() == SLICES + 3


def test_what_fails_for_a_passing_reason_is_sent_again_and_nothing_else(from_dicom, ask, step, told, quick):
    def say(kind, attempt):
        return OUT_OF_RESOURCES if kind == CT and attempt == 1 else 0

    with odd_pacs([CT, REGISTRATION], say) as odd:
        name = ask(from_dicom, "odd", ("registration", "warped"), "c-store")
        step(from_dicom, odd.archive)
    export, _ = told(from_dicom, name)
    assert (export.state, export.stored) == (ExportState.SUCCEEDED, SLICES + 1)
    assert sorted(odd.attempts.values()) == [1] + [2] * SLICES


def test_what_is_refused_for_good_is_sent_once_and_told(from_dicom, ask, step, told, quick):
    with odd_pacs([CT], lambda *_: 0) as odd:
        name = ask(from_dicom, "odd", ("registration", "warped", "pre-alignment"), "c-store")
        step(from_dicom, odd.archive)
        export, rows = told(from_dicom, name)
        assert (export.state, export.stored, export.failed) == (ExportState.PARTIAL, SLICES, 2)
        assert export.error.code == "pacs-refused"
        assert {row.object: row.reason for row in rows} == {
            "registration": "0122", "warped": None, "pre-alignment": "0122",
        }  # fmt: skip
        ask(from_dicom, "odd", ("registration", "warped", "pre-alignment"), "c-store")
        step(from_dicom, odd.archive)
    assert set(odd.attempts.values()) == {1}
    assert told(from_dicom, name)[0].state is ExportState.PARTIAL


def test_tries_end(from_dicom, ask, step, told, quick):
    with odd_pacs([CT], lambda *_: OUT_OF_RESOURCES) as odd:
        name = ask(from_dicom, "odd", ("warped",), "c-store")
        step(from_dicom, odd.archive)
    export, rows = told(from_dicom, name)
    assert export.state is ExportState.FAILED
    assert {row.reason for row in rows} == {"A700"}
    assert set(odd.attempts.values()) == {3}


@needs_orthanc
def test_a_worker_that_died_is_followed_by_another(from_dicom, ask, step, told, ports, pacs):
    name = ask(from_dicom)
    assert take_up(ports) == [from_dicom]
    assert ports.queue.waiting(QueueName.TRANSFER) == 1
    assert take_up(ports) == []
    exports.update(ports, from_dicom, name, lambda e: e.changed(state=ExportState.RUNNING, attempts=1))
    assert take_up(ports) == [from_dicom]
    step(from_dicom, pacs.archive())
    assert (told(from_dicom, name)[0].state, told(from_dicom, name)[0].attempts) == (ExportState.SUCCEEDED, 2)
    assert take_up(ports) == []


def test_an_export_that_kills_every_worker_fails(from_dicom, ask, told, ports):
    name = ask(from_dicom)
    exports.update(ports, from_dicom, name, lambda e: e.changed(state=ExportState.RUNNING, attempts=MAX_ATTEMPTS))
    assert take_up(ports) == []
    assert told(from_dicom, name)[0].error.code == "worker-lost"


def test_purged_on_its_way_nothing_more_is_sent(from_dicom, ask, ports, monkeypatch):
    monkeypatch.setattr(delivery, "NOTE_EVERY_S", 0.0)
    with odd_pacs([CT], lambda *_: 0) as odd:
        ask(from_dicom, "odd", ("warped",), "c-store")
        purging = MeddlingJobs(
            lambda record: bool(record.exports) and record.exports[0].stored > 0,
            lambda job_id: cancel(meddled, job_id, purge=True),
        )
        meddled = replace(ports, jobs=purging)
        purging.create(ports.jobs.get(from_dicom))
        transfer(from_dicom, meddled, archives(odd.archive), OpenResults(meddled))
    assert purging.meddled
    assert purging.unfinished() == []
    assert from_dicom not in ports.artefacts.names(Kind.REGISTRATION)
    assert 0 < len(odd.kept) < SLICES


def test_scans_that_did_not_come_as_dicom_have_nothing_to_export(registered, ask, step, told):
    name = ask(registered)
    step(registered, Archive(name="main", dicomweb="http://127.0.0.1:9"))
    export, rows = told(registered, name)
    assert (export.state, export.error.code, rows) == (ExportState.FAILED, "no-dicom-source", [])


def test_the_journal_tells_no_uid(from_dicom, ask, step, caplog):
    caplog.set_level(logging.INFO, "kernelreg")
    with odd_pacs([CT], lambda *_: 0) as odd:
        ask(from_dicom, "odd", ("warped",), "c-store")
        step(from_dicom, odd.archive)
    (line,) = [record.fields for record in caplog.records if record.getMessage() == "exported"]
    assert line["pacs"] == "odd"
    assert (line["stored"], line["by"], line["state"]) == (SLICES, "ann", "succeeded")
    text = json.dumps([record.fields for record in caplog.records if hasattr(record, "fields")], default=str)
    assert "1.2.826" not in text
    assert "2.25." not in text
    assert uid("fixed") not in text
