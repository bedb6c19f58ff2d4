"""A job store that lets a test do something in between, at the moment when a record says what it waits for."""

from collections.abc import Callable

from jobs.adapters.memory import MemoryJobs
from jobs.model import JobRecord


class MeddlingJobs(MemoryJobs):
    """`meddle` runs once, right after the first record for which `when` holds was written."""

    def __init__(self, when: Callable[[JobRecord], bool], meddle: Callable[[str], object]) -> None:
        super().__init__()
        self._when, self._meddle = when, meddle
        self.meddled = False

    def update(self, job_id: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
        record = super().update(job_id, change)
        if not self.meddled and self._when(record):
            self.meddled = True
            self._meddle(job_id)
        return record
