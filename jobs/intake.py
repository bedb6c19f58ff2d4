"""Files that arrived become a stored series: read completely, kept whole or not at all, whichever door they came by."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jobs import journal
from jobs.errors import NotFoundError
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, SeriesRecord, read_record, save_series
from registration.plain import grid_to_json
from registration.reading import ReadingLimits, read_scan


@dataclass(frozen=True)
class Received:
    """The files of one scan, one digest of all of them whatever their order and names, and their size."""

    files: tuple[Path, ...]
    digest: str
    bytes: int


def digest_of(digests: Iterable[str]) -> str:
    """One digest of many files, from the SHA-256 of each (hexadecimal), whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


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


def keep(
    ports: Ports, owner: str, received: Received, folder: Path, limits: ReadingLimits
) -> tuple[SeriesRecord, bool]:
    """The series of these files, all there is in `folder`, and whether it is new. Raises ScanError; then nothing is
    kept."""
    name = series_id(owner, received.digest)
    try:
        return find(ports, owner, name), False
    except NotFoundError:
        pass
    source = received.files[0] if len(received.files) == 1 else folder
    scan = read_scan(source, limits=limits)
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
