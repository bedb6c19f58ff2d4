"""What was kept long enough disappears: ended registrations and unread series beyond a time to live."""

from __future__ import annotations

import time

from jobs.ending import remove
from jobs.errors import NotFoundError
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, read_record

DAY_S = 86_400.0


def expire(ports: Ports, days: float) -> list[str]:
    """Remove every trace of what ended or arrived more than `days` ago; the ids of what went. 0 days keeps for ever."""
    if not days:
        return []
    oldest = time.time() - days * DAY_S
    jobs = [record.id for record in ports.jobs.ended_before(oldest)]
    for job_id in jobs:
        remove(ports, job_id)
    read = set[str]().union(*(record.request.series() for record in ports.jobs.unfinished() if not record.finished))
    series = [
        name for name in ports.artefacts.names(Kind.SERIES) if name not in read and _arrived(ports, name) < oldest
    ]
    for name in series:
        ports.artefacts.delete(Kind.SERIES, name)
    return jobs + series


def _arrived(ports: Ports, series: str) -> float:
    """When a series was uploaded, in seconds since 1970; never, for one that is being purged."""
    try:
        document = ports.artefacts.file(Kind.SERIES, series, DOCUMENT)
        return read_record(document).created_at if document else float("inf")
    except (NotFoundError, FileNotFoundError):
        return float("inf")
