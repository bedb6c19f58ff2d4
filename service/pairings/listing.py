"""A scan or study that a client names -> the series it can mean, each with its summary and where it lies."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.errors import NotFoundError
from jobs.intake import find
from jobs.pairs import Member, members_of, source_of
from jobs.ports import Ports
from pacs.settings import Archives
from registration.pairing import SeriesSummary, summary_of
from service.errors import ServiceError
from service.pairings.archived import archived_series
from service.registrations.references import SeriesReference

Named = str | SeriesReference
"""A series id, or where the scan lies."""


@dataclass(frozen=True)
class Listed:
    """A series that can be meant: its summary, and how it is named in a request. Summaries bear SeriesInstanceUIDs."""

    summary: SeriesSummary
    named: Named


def listed(ports: Ports, owner: str, archives: Archives, named: Named) -> list[Listed]:
    """The series that a client can mean. Raises `series-not-found`, `study-not-found`, and every code of PacsError."""
    if isinstance(named, str):
        return [_uploaded(ports, owner, named)]
    if named.pacs is not None:
        found = [
            Listed(summary, SeriesReference(study=named.study, pacs=named.pacs, series=summary.name))
            for summary in archived_series(archives.of(named.pacs), named.study)
        ]
    else:
        found = [_member(member) for member in members_of(ports, owner, named.study)]
    if not found:
        raise ServiceError("study-not-found", "There is no series of this study.")
    return _only(found, named.series) if named.series else found


def _uploaded(ports: Ports, owner: str, series: str) -> Listed:
    """A series by its id; what is no DICOM has nothing to be judged by."""
    find(ports, owner, series)
    source = source_of(ports, series)
    if source is None:
        return Listed(SeriesSummary(series), series)
    return Listed(summary_of(source.series_uid or series, source.header, slices=len(source.instances)), series)


def _member(member: Member) -> Listed:
    return Listed(member.summary, member.record.id)


def _only(found: list[Listed], series_uid: str) -> list[Listed]:
    kept = [one for one in found if one.summary.name == series_uid]
    if not kept:
        raise NotFoundError("series-not-found", "The study has no series of this SeriesInstanceUID.")
    return kept
