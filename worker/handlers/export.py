"""Queued exports of a registration are written as DICOM objects and sent to their archive, until each has an end."""

from __future__ import annotations

import time
from typing import get_args

from jobs import exports, journal
from jobs.errors import JobError, NotFoundError, StoreUnavailableError
from jobs.exports import InstanceOutcome
from jobs.model import Export, ExportState, Failure
from jobs.ports import Ports
from jobs.revisions import tagged
from pacs.errors import PacsError
from pacs.outcomes import Status, instance_of
from pacs.settings import Archives
from registration.errors import KernelregError
from registration.products.dicom.objects import OBJECTS as WRITERS
from registration.products.dicom.objects import write_objects
from worker.attempt import BROKEN, OUT_OF_MEMORY
from worker.delivery import Delivery, Parcel
from worker.lease import leased
from worker.results import OpenResults
from worker.stamps import stamp_at

GONE = ("registration-not-found", "export-not-found")
assert set(WRITERS) == set(get_args(exports.ObjectName))


def export(job_id: str, ports: Ports, archives: Archives, results: OpenResults) -> None:
    """Carry out every queued export of a job, one after the other; one worker at a time."""
    with leased(ports.leases, job_id) as ours:
        if not ours:
            return journal.record("job-skipped", job=job_id)
        try:
            for one in ports.jobs.get(job_id).exports:
                if one.open:
                    _carry_out(job_id, one, ports, archives, results)
        except NotFoundError as error:  # purged meanwhile
            journal.record("export-abandoned", job=job_id, code=error.code)
    return None


def _carry_out(job_id: str, wanted: Export, ports: Ports, archives: Archives, results: OpenResults) -> None:
    """One export; its record tells how it ended. Raises NotFoundError when the registration is gone."""
    one = exports.update(ports, job_id, wanted.id, _begun)
    journal.record("export-started", job=job_id, export=one.id, attempt=one.attempts)
    try:
        delivery = _sent(job_id, one, ports, archives, results)
        _end(job_id, one, ports, delivery)
    except (KernelregError, JobError, PacsError) as error:
        if error.code in GONE or isinstance(error, StoreUnavailableError):
            raise  # what is away for a while is waited for: the export stays open, and upkeep has it taken up again
        _fail(job_id, one, ports, Failure(code=error.code, message=error.message, details=error.details))
    except MemoryError:
        _fail(job_id, one, ports, OUT_OF_MEMORY)
    except Exception as error:
        journal.accident("export-broken", error, job=job_id, export=one.id)
        _fail(job_id, one, ports, BROKEN)


def _begun(export: Export) -> Export:
    return export.changed(state=ExportState.RUNNING, attempts=export.attempts + 1, started_at=time.time(), error=None)


def _sent(job_id: str, one: Export, ports: Ports, archives: Archives, results: OpenResults) -> Delivery:
    """Write the objects, then send what earlier attempts have not."""
    record = ports.jobs.get(job_id)
    archive = archives.open_to(record.owner).of(one.pacs)
    with ports.artefacts.staging() as folder:
        revision = tagged(record, one.tag)
        opened = results.at(record, revision)
        written = write_objects(opened.outcome, folder, one.objects, stamp_at(record, revision))
        parcels = [Parcel(name, instance_of(path)) for name, paths in written.items() for path in paths]
        delivery = Delivery(archive, archive.way(one.via), parcels, exports.read_outcomes(ports, job_id, one.id))
        delivery.carry_out(lambda: _note(job_id, one, ports, delivery))
    return delivery


def _note(job_id: str, one: Export, ports: Ports, delivery: Delivery) -> None:
    """Keep how far it is. Raises NotFoundError when the registration is gone: then nothing more is sent."""
    rows = delivery.rows()
    exports.keep_outcomes(ports, job_id, one.id, rows)
    exports.update(ports, job_id, one.id, lambda export: export.changed(**counts(rows)))


def _end(job_id: str, one: Export, ports: Ports, delivery: Delivery) -> None:
    rows = delivery.rows()
    told = counts(rows)
    arrived = told["stored"] + told["already"]
    state = ExportState.SUCCEEDED if not told["failed"] else ExportState.PARTIAL if arrived else ExportState.FAILED
    error = None if state is ExportState.SUCCEEDED else _why(delivery, told["failed"], len(rows))
    _note(job_id, one, ports, delivery)
    exports.update(
        ports, job_id, one.id, lambda export: export.changed(state=state, finished_at=time.time(), error=error)
    )
    series = sorted({journal.hashed(parcel.instance.series_uid) for parcel in delivery.parcels})
    studies = sorted({journal.hashed(parcel.instance.study_uid) for parcel in delivery.parcels})
    journal.record(
        "exported", job=job_id, export=one.id, pacs=one.pacs, via=one.via, by=one.by, state=state, studies=studies,
        series=series, **told,
    )  # fmt: skip


def _why(delivery: Delivery, failed: int, of: int) -> Failure:
    """What was in the way, or that the archive refused instances."""
    if delivery.obstacle:
        return Failure(
            code=delivery.obstacle.code, message=delivery.obstacle.message, details=delivery.obstacle.details
        )
    return Failure(code="pacs-refused", message=f"The archive did not store {failed} of {of} instances.")


def _fail(job_id: str, one: Export, ports: Ports, failure: Failure) -> None:
    exports.update(
        ports,
        job_id,
        one.id,
        lambda export: export.changed(state=ExportState.FAILED, finished_at=time.time(), error=failure),
    )
    journal.record("export-failed", job=job_id, export=one.id, pacs=one.pacs, by=one.by, code=failure.code)


def counts(rows: list[InstanceOutcome]) -> dict[str, int]:
    """How many instances there are, and how many of each outcome."""
    return {"instances": len(rows)} | {status.value: sum(row.status == status for row in rows) for status in Status}
