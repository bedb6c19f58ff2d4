"""A series goes, unless someone needs it."""

from __future__ import annotations

from jobs import journal
from jobs.intake import find
from jobs.ports import Kind, Ports
from service.errors import ServiceError


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
