"""Files of an upload become a stored series: read completely, kept whole or not at all."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from jobs import journal
from jobs.errors import NotFoundError
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, SeriesRecord, read_record, save_series
from registration.plain import grid_to_json
from registration.reading import ReadingLimits, read_scan
from service.errors import ServiceError
from service.series.intake import Received
from service.settings import Limits


def series_id(owner: str, digest: str) -> str:
    """The identifier of these bytes for this owner."""
    return hashlib.sha256(f"{owner}\n{digest}".encode()).hexdigest()[:32]


def find(ports: Ports, owner: str, name: str) -> SeriesRecord:
    """A series of the owner; raises `series-not-found`."""
    try:
        document = ports.artefacts.file(Kind.SERIES, name, DOCUMENT)
        record = read_record(document) if document else None
    except FileNotFoundError:
        record = None  # purged between two looks
    if record is None or record.owner != owner:
        raise NotFoundError("series-not-found", "There is no series of this identifier.")
    return record


def keep(ports: Ports, owner: str, received: Received, folder: Path, limits: Limits) -> tuple[SeriesRecord, bool]:
    """The series of these files, and whether it is new. Raises ScanError; then nothing is kept."""
    name = series_id(owner, received.digest)
    try:
        return find(ports, owner, name), False
    except NotFoundError:
        pass
    source = received.files[0] if len(received.files) == 1 else folder
    scan = read_scan(source, limits=ReadingLimits(inflated_bytes=limits.inflated_bytes))
    record = SeriesRecord(
        id=name,
        owner=owner,
        created_at=time.time(),
        bytes=received.bytes,
        files=len(received.files),
        grid=grid_to_json(scan.volume.grid),
        report=scan.report.as_dict(),
    )
    with ports.artefacts.staging() as staged:
        save_series(staged, record, scan.volume)
        new = ports.artefacts.publish(Kind.SERIES, name, staged)
    journal.record("series-kept", series=name, files=record.files, bytes=record.bytes, new=new)
    return record, new


def purge(ports: Ports, owner: str, name: str) -> None:
    """Remove a series; raises `series-in-use` while an unfinished registration reads it."""
    find(ports, owner, name)
    readers = [
        record.id for record in ports.jobs.unfinished() if not record.finished and name in record.request.series()
    ]
    if readers:
        message = f"{len(readers)} registrations that are not finished read this series; wait for them or delete them."
        raise ServiceError("series-in-use", message, registrations=readers[:20])
    ports.artefacts.delete(Kind.SERIES, name)
    journal.record("series-purged", series=name)
