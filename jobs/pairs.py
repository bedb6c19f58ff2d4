"""Stored series of a study, and what two scans have to do with each other: patients, frames of reference."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from jobs.errors import JobError, NotFoundError
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, SOURCE, SeriesRecord, read_record
from registration.pairing import Flag, SeriesSummary, flags_of, summary_of
from registration.provenance import DicomSource, source_from_json

NOTICES = {
    Flag.DIFFERENT_PATIENTS: "The scans are of different patients; that was confirmed.",
    Flag.DIFFERENT_FRAMES: "The scans have different frames of reference, as scans of two studies usually do.",
}
"""What the record of a registration tells about its two scans."""


@dataclass(frozen=True)
class Member:
    """A stored series, and the DICOM series behind it."""

    record: SeriesRecord
    source: DicomSource = field(repr=False)

    @property
    def summary(self) -> SeriesSummary:
        """What it is chosen by; it bears the SeriesInstanceUID as name."""
        return summary_of(
            self.source.series_uid or self.record.id, self.source.header, slices=len(self.source.instances)
        )


def members_of(ports: Ports, owner: str, study_uid: str) -> list[Member]:
    """The owner's series of a study."""
    return members(ports, lambda record: record.owner == owner and record.report.get("study_instance_uid") == study_uid)


def members(ports: Ports, wanted: Callable[[SeriesRecord], bool]) -> list[Member]:
    """Stored DICOM series by their records. Of those with one SeriesInstanceUID the one with most slices, then the
    newest. Reads the document of every series."""
    found = filter(None, (_member(ports, wanted, name) for name in ports.artefacts.names(Kind.SERIES)))
    return list({one.source.series_uid: one for one in sorted(found, key=_completeness)}.values())


def source_of(ports: Ports, series: str) -> DicomSource | None:
    """The DICOM series behind a stored one, None for another format; raises `series-not-found`."""
    file = ports.artefacts.file(Kind.SERIES, series, SOURCE)
    return source_from_json(file.read_text()) if file else None


def flags(fixed: DicomSource | None, moving: DicomSource | None) -> tuple[Flag, ...]:
    """What there is to say about two scans; nothing where one of them is no DICOM."""
    if fixed is None or moving is None:
        return ()
    return flags_of(summary_of("fixed", fixed.header), summary_of("moving", moving.header))


def require_one_patient(found: Collection[Flag], confirmed: Collection[str]) -> None:
    """Raises `pair-unconfirmed` for scans of two patients, unless the request says that this is meant."""
    if Flag.DIFFERENT_PATIENTS in found:
        require_confirmed([Flag.DIFFERENT_PATIENTS], confirmed)


def require_confirmed(found: Collection[Flag], confirmed: Collection[str]) -> None:
    """Raises `pair-unconfirmed` with the flags that the request does not confirm."""
    missing = [flag.value for flag in found if flag not in confirmed]
    if missing:
        message = f"The two scans have {', '.join(missing)}; send `confirm` with each of these if that is meant."
        raise JobError("pair-unconfirmed", message, flags=missing)


def notices(found: Collection[Flag]) -> tuple[str, ...]:
    """Sentences for the record of a registration."""
    return tuple(NOTICES[flag] for flag in found if flag in NOTICES)


def _member(ports: Ports, wanted: Callable[[SeriesRecord], bool], name: str) -> Member | None:
    """A series, provided that it is wanted and came as DICOM."""
    try:
        document = ports.artefacts.file(Kind.SERIES, name, DOCUMENT)
        record = read_record(document) if document else None
        source = source_of(ports, name) if record and wanted(record) else None
    except (NotFoundError, FileNotFoundError):
        return None  # purged between two looks
    return Member(record, source) if record and source else None


def _completeness(member: Member) -> tuple[int, float]:
    return len(member.source.instances), member.record.created_at
