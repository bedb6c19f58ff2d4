"""Instances on their way to an archive, by whichever way it has; and which of them it has already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pacs import dimse
from pacs.dicomweb import DicomWeb, batches
from pacs.errors import PacsError
from pacs.outcomes import Instance, Outcome
from pacs.settings import C_STORE, Archive


def send(archive: Archive, via: str, instances: Sequence[Instance]) -> Iterator[Outcome]:
    """Send them, one outcome after the other. Raises PacsError when the way breaks off; what was told until then
    holds."""
    if not instances:
        return
    if via == C_STORE:
        yield from dimse.store(archive, instances)
        return
    with DicomWeb(archive) as web:
        for batch in batches(instances):
            yield from web.store(batch)


def held(archive: Archive, instances: Sequence[Instance]) -> set[str]:
    """SOPInstanceUIDs of those that the archive has; none where it cannot be searched."""
    if not archive.dicomweb:
        return set()
    series = {(one.study_uid, one.series_uid) for one in instances}
    try:
        with DicomWeb(archive) as web:
            return {str(found.SOPInstanceUID) for pair in sorted(series) for found in web.search_instances(*pair)}
    except PacsError as error:
        if error.passing:
            raise
        return set()  # an archive that lets us store but not search


def ping(archive: Archive) -> None:
    """Raises PacsError unless every configured end of the archive answers."""
    if archive.dicomweb:
        with DicomWeb(archive) as web:
            web.ping()
    if archive.dimse:
        dimse.ping(archive)
