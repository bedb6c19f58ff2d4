"""A job that was submitted for transfer: its scans are fetched, or what of its results is to be exported is."""

from __future__ import annotations

from jobs import journal
from jobs.errors import NotFoundError
from jobs.ports import Ports
from pacs.settings import Archives
from worker.claim import DEFAULT_LIMIT, Limit
from worker.handlers.export import export
from worker.handlers.fetch import fetch
from worker.results import OpenResults


def transfer(job_id: str, ports: Ports, archives: Archives, results: OpenResults, limit: Limit = DEFAULT_LIMIT) -> None:
    """Take the step that the job's record asks for; none when it is delivered again after that was done."""
    try:
        record = ports.jobs.get(job_id)
    except NotFoundError:
        return journal.record("job-skipped", job=job_id)
    if record.request.awaited() and not record.finished:
        return fetch(job_id, ports, archives, limit)
    if any(one.open for one in record.exports):
        return export(job_id, ports, archives, results)
    return journal.record("job-skipped", job=job_id)
