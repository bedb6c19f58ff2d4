"""Rules that want results in a PACS -> exports, once their registrations have succeeded. Wishes survive a restart.

exports/JOB-HASH.json     one wish
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from jobs import journal
from jobs.errors import NotFoundError
from jobs.exporting import begin, export_of
from jobs.exports import USUAL
from jobs.model import JobRecord, JobState
from jobs.ports import Ports
from jobs.revisions import require_result
from pacs.errors import PacsError
from pacs.settings import Archives
from receiver.inbox import hashed


class Wish(BaseModel):
    """The usual objects of a registration are wanted in an archive."""

    job: str
    pacs: str


@dataclass(frozen=True)
class Exporter:
    """Keeps wishes in a folder until they are fulfilled or cannot be."""

    folder: Path
    ports: Ports
    archives: Archives

    def wish(self, job_id: str, pacs: str) -> None:
        """Remember that the results of a job are wanted in an archive."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        file = self.folder / f"{job_id}-{hashed(pacs)}.json"
        fresh = file.with_suffix(".new")
        fresh.write_text(Wish(job=job_id, pacs=pacs).model_dump_json())
        fresh.replace(file)

    def round(self) -> None:
        """Look at every wish once. Raises JobError when the stores do not answer."""
        for file in sorted(self.folder.glob("*.json")):
            wish = Wish.model_validate_json(file.read_text())
            if self._dealt_with(wish):
                file.unlink()

    def _dealt_with(self, wish: Wish) -> bool:
        """Whether there is nothing left to wait for."""
        try:
            record = self.ports.jobs.get(wish.job)
        except NotFoundError:
            return True  # purged
        if record.state is JobState.SUCCEEDED:
            try:
                self._begin(record, wish.pacs)
            except PacsError as error:  # the archive is not configured any more, or not for this
                journal.record("rule-not-exported", logging.WARNING, job=record.id, code=error.code)
        elif record.finished:
            journal.record("rule-not-exported", logging.WARNING, job=record.id, state=record.state)
        return record.finished

    def _begin(self, record: JobRecord, pacs: str) -> None:
        via = self.archives.of(pacs).ways_in[0]
        export = begin(self.ports, record.id, export_of(record, require_result(record), pacs, via, USUAL))
        journal.record("rule-exports", job=record.id, export=export.id, pacs=pacs)
