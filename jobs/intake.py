"""Files that arrived become a stored series: read completely, kept whole or not at all, whichever door they came by."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jobs import journal
from jobs.errors import NotFoundError
from jobs.field_intake import publish_field
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, VALUES, SeriesRecord, read_record, save_series
from registration.plain import grid_to_json
from registration.reading import DicomReading, ReadingLimits, Regridding, Scan, read_scan
from registration.reading.fields import holds_field
from registration.volume import Volume


@dataclass(frozen=True)
class Received:
    """The files of one scan, one digest of all of them whatever their order and names, and their size."""

    files: tuple[Path, ...]
    digest: str
    bytes: int

    def source(self, folder: Path) -> Path:
        """What is to be read: the one file, or the `folder` that holds them all and nothing else."""
        return self.files[0] if len(self.files) == 1 else folder


Kept = tuple[SeriesRecord, bool]
"""What is known of a stored series, and whether it is new."""


def digest_of(digests: Iterable[str]) -> str:
    """One digest of many files, from the SHA-256 of each (hexadecimal), whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def series_id(owner: str, digest: str, *how: str) -> str:
    """The identifier of these bytes for this owner, read in this way where it is not the usual one."""
    return hashlib.sha256("\n".join((owner, digest, *how)).encode()).hexdigest()[:32]


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
    ports: Ports,
    owner: str,
    received: Received,
    folder: Path,
    limits: ReadingLimits,
    regridding: Regridding | None = None,
) -> Kept:
    """The series of these files, all there is in `folder`, and whether it is new. Raises ScanError, FieldError;
    then nothing is kept. Voxels of DICOM go to disk as they are decoded."""
    name = series_id(owner, received.digest, *(("regrid",) if regridding else ()))
    try:
        return find(ports, owner, name), False
    except NotFoundError:
        pass
    with ports.artefacts.staging() as staged:
        if len(received.files) == 1 and holds_field(received.files[0]):
            return publish_field(ports, staged, name, owner, received.files[0], received.bytes)
        scan = read_scan(received.source(folder), limits=limits, how=DicomReading(regridding, staged / VALUES))
        return published(ports, staged, record_of(name, owner, received, scan), scan.volume)


def record_of(name: str, owner: str, received: Received, scan: Scan) -> SeriesRecord:
    """What is kept about a scan beside its voxels."""
    return SeriesRecord(
        id=name,
        owner=owner,
        created_at=time.time(),
        bytes=received.bytes,
        files=len(received.files),
        grid=grid_to_json(scan.volume.grid),
        report=scan.report.as_dict(),
    )


def published(ports: Ports, staged: Path, record: SeriesRecord, volume: Volume) -> Kept:
    """The series, written into the folder `staged` and put where it counts."""
    save_series(staged, record, volume)
    new = ports.artefacts.publish(Kind.SERIES, record.id, staged)
    journal.record("series-kept", series=record.id, files=record.files, bytes=record.bytes, new=new)
    return record, new
