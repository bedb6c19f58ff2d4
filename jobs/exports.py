"""Exports of a registration: how one is named, starts, goes on and ends within its record; where its outcomes lie."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from jobs.errors import NotFoundError
from jobs.model import MAX_ATTEMPTS, Export, ExportState, Failure, JobRecord, Stored
from jobs.ports import Kind, Ports

ObjectName = Literal[
    "registration", "pre-alignment", "warped", "error", "confidence", "jacobian", "report", "correspondences"
]
"""The DICOM objects that a registration can be exported as."""
USUAL: tuple[ObjectName, ...] = ("registration", "warped", "report", "pre-alignment")
LOST = Failure(code="worker-lost", message=f"The worker died on each of {MAX_ATTEMPTS} attempts at this export.")


class InstanceOutcome(Stored):
    """What became of one instance: `status` is stored, already or failed, `reason` the archive's code for a failure
    (PS3.7 C, hexadecimal)."""

    object: str
    sop_class: str
    sop_instance: str
    status: str
    reason: str | None = None


def export_id(job_id: str, tag: str, pacs: str, objects: Sequence[str]) -> str:
    """The name of an export: the same revision, archive and objects are the same export, whichever way it is sent."""
    return hashlib.sha256("\n".join((job_id, tag, pacs, *sorted(objects))).encode()).hexdigest()[:24]


def find_export(record: JobRecord, name: str) -> Export:
    """The export; raises `export-not-found`."""
    for export in record.exports:
        if export.id == name:
            return export
    raise NotFoundError("export-not-found", "The registration has no export of this identifier.")


def with_export(record: JobRecord, export: Export) -> JobRecord:
    """The record with this export, in place of an earlier state of it."""
    others = [one for one in record.exports if one.id != export.id]
    return record.changed(exports=(*others, export))


def started(record: JobRecord, wanted: Export) -> JobRecord:
    """The record with the export queued; one that is on its way or has succeeded is left as it is, one that failed in
    whole or in part begins again."""
    known = next((one for one in record.exports if one.id == wanted.id), None)
    if known is not None and (known.open or known.state is ExportState.SUCCEEDED):
        return record
    return with_export(record, wanted)


def with_exports_again(record: JobRecord) -> JobRecord:
    """The record of a job whose worker died: its running exports wait again, those that killed too many have failed."""
    return record.changed(exports=tuple(_again(export) for export in record.exports))


def _again(export: Export) -> Export:
    if export.state is not ExportState.RUNNING:
        return export
    if export.attempts >= MAX_ATTEMPTS:
        return export.changed(state=ExportState.FAILED, finished_at=time.time(), error=LOST)
    return export.changed(state=ExportState.QUEUED)


def update(ports: Ports, job_id: str, name: str, change: Callable[[Export], Export]) -> Export:
    """Change one export of a record; raises `registration-not-found`, `export-not-found`."""
    record = ports.jobs.update(job_id, lambda record: with_export(record, change(find_export(record, name))))
    return find_export(record, name)


def outcomes_file(name: str) -> str:
    """Where the outcomes of an export lie in its registration's folder."""
    return f"exports/{name}.json"


def keep_outcomes(ports: Ports, job_id: str, name: str, outcomes: Sequence[InstanceOutcome]) -> None:
    """Keep what became of each instance, in place of what was known before."""
    with ports.artefacts.staging() as staged:
        (staged / "outcomes.json").write_text(json.dumps([one.model_dump() for one in outcomes]))
        ports.artefacts.place(Kind.REGISTRATION, job_id, outcomes_file(name), staged / "outcomes.json")


def read_outcomes(ports: Ports, job_id: str, name: str) -> list[InstanceOutcome]:
    """What became of each instance so far; empty before anything was sent."""
    file = ports.artefacts.file(Kind.REGISTRATION, job_id, outcomes_file(name))
    rows: list[dict[str, Any]] = json.loads(file.read_text()) if file else []
    return [InstanceOutcome.model_validate(row) for row in rows]
