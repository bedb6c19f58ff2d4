"""Series of the inbox that are whole -> stored series, as if they had been uploaded; or refused, and kept out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from jobs import figures, intake, journal
from jobs.errors import JobError
from jobs.ports import Ports
from jobs.series import SeriesRecord
from receiver.inbox import Done, Inbox
from receiver.settings import ReceiverSettings
from registration.errors import KernelregError
from registration.reading import ReadingLimits

HOUR_S = 3600.0


@dataclass(frozen=True)
class Publisher:
    """Takes whole series out of the inbox; `arrived` is told of each that has become a stored one."""

    settings: ReceiverSettings
    inbox: Inbox
    ports: Ports
    arrived: Callable[[SeriesRecord], None]

    def round(self, bringing: Collection[str]) -> int:
        """Look at every series once; `bringing` names those that are still being sent. How many were dealt with.
        Raises JobError when one must wait for the stores, after it has looked at the others."""
        dealt_with, trouble = 0, None
        for key in self.inbox.keys():  # noqa: SIM118 not a dictionary
            if key in bringing or self.inbox.quiet_s(key) < self.settings.quiet_s:
                continue
            try:
                dealt_with += self._dealt_with(key)
            except JobError as error:
                trouble = error
        if trouble:
            raise trouble
        return dealt_with

    def _dealt_with(self, key: str) -> bool:
        """Publish what is new, drop what was kept long enough; whether it was new."""
        if self.inbox.done(key) is None:
            self._publish(key)
            return True
        kept_s = HOUR_S * self.settings.keep_hours
        if self.inbox.quiet_s(key) > kept_s:
            self.inbox.drop(key, kept_s)
        return False

    def _publish(self, key: str) -> None:
        version = self.inbox.version(key)
        with self.inbox.snapshot(key) as folder:
            done = self._kept(key, version, folder)
        self.inbox.finish(key, done)
        self.ports.figures.count(figures.RECEIVED, outcome="refused" if done.code else "kept", code=done.code or "ok")

    def _kept(self, key: str, version: str, folder: Path) -> Done:
        received = received_in(folder)
        try:
            record, new = intake.keep(self.ports, self.settings.owner, received, folder, ReadingLimits())
        except KernelregError as error:
            journal.record(
                "received-refused", logging.WARNING, received=key, code=error.code, files=len(received.files)
            )
            return Done(version=version, code=error.code)
        except JobError:
            raise
        except Exception as error:
            journal.accident("received-broken", error, received=key)
            return Done(version=version, code="internal")
        journal.record("received-kept", received=key, series=record.id, files=record.files, new=new)
        try:
            self.arrived(record)
        except JobError as error:
            if error.code == "store-unavailable":
                raise
            journal.record("rule-refused", logging.WARNING, received=key, series=record.id, code=error.code)
        return Done(version=version, series=record.id)


def received_in(folder: Path) -> intake.Received:
    """The files of a folder as an upload of them would be."""
    files = tuple(sorted(folder.iterdir()))
    digests = [_digest(file) for file in files]
    return intake.Received(files, intake.digest_of(digests), sum(file.stat().st_size for file in files))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
