"""Instances on disk, a folder for each series: what has come, what is whole, what is done; it survives a restart.

arriving/             files that are being received
series/KEY/           KEY: hash of study and series
    instances/        one file per instance, named by the hash of its UID; the same again replaces it
    done.json         which instances were dealt with, and what became of them
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from receiver.settings import ReceiverSettings

DONE = "done.json"


class InboxFullError(Exception):
    """There is no room for another instance."""


class Done(BaseModel):
    """What became of a series: `version` names its instances, `series` is its id or `code` why it was refused."""

    version: str
    series: str | None = None
    code: str | None = None


class Inbox:
    """The one inbox of a process; every method may be called from every thread."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings
        self._series = settings.inbox / "series"
        self.arriving, self._reading = settings.inbox / "arriving", settings.inbox / "reading"
        self._lock = threading.Lock()
        for folder in (self.arriving, self._reading):
            shutil.rmtree(folder, ignore_errors=True)  # what a killed process was about
        for folder in (settings.inbox, self._series, self.arriving, self._reading):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sizes = [path.stat().st_size for path in self._series.glob("*/instances/*")]
        self._count, self._bytes = len(sizes), sum(sizes)

    def take(self, file: Path, study: str, series: str, instance: str) -> str:
        """Move a file that has arrived to its series; the key of the series. Raises InboxFullError, OSError."""
        key = hashed(study, series)
        folder = self._series / key / "instances"
        target, size = folder / f"{hashed(instance)}.dcm", file.stat().st_size
        with self._lock:
            self._require_room(size)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replaced = target.stat().st_size if target.exists() else None
            file.replace(target)
            self._count += replaced is None
            self._bytes += size - (replaced or 0)
        return key

    def keys(self) -> list[str]:
        """Every series that something has come of."""
        return sorted(path.name for path in self._series.iterdir())

    def quiet_s(self, key: str) -> float:
        """For how long nothing was added to a series."""
        folder = self._series / key
        instances = folder / "instances"
        return time.time() - (instances if instances.exists() else folder).stat().st_mtime

    def version(self, key: str) -> str:
        """A name for the instances that there are; another one when one is added or replaced."""
        found = sorted((path.name, path.stat()) for path in self._instances(key))
        return hashed(*(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found))

    def done(self, key: str) -> Done | None:
        """What became of the instances that there are now; None when nothing has yet."""
        file = self._series / key / DONE
        found = Done.model_validate_json(file.read_text()) if file.exists() else None
        return found if found and found.version == self.version(key) else None

    def finish(self, key: str, done: Done) -> None:
        """Write down what became of a series."""
        fresh = self._series / key / f".{DONE}"
        fresh.write_text(done.model_dump_json())
        fresh.replace(self._series / key / DONE)

    @contextmanager
    def snapshot(self, key: str) -> Iterator[Path]:
        """The instances that there are now, in a folder that does not change while more arrive."""
        folder = self._reading / key
        folder.mkdir(mode=0o700)
        try:
            with self._lock:
                for path in self._instances(key):
                    (folder / path.name).hardlink_to(path)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def drop(self, key: str, quiet_for_s: float = 0.0) -> None:
        """Forget a series, unless something was added to it in the last seconds."""
        with self._lock:
            if self.quiet_s(key) < quiet_for_s:
                return
            sizes = [path.stat().st_size for path in self._instances(key)]
            aside = self._reading / f"{key}-dropped"
            (self._series / key).rename(aside)  # whole: what a kill leaves of it goes at the next start
            shutil.rmtree(aside, ignore_errors=True)
            self._count, self._bytes = self._count - len(sizes), self._bytes - sum(sizes)

    def drop_abandoned(self, older_than_s: float) -> None:
        """Remove what broken associations left half-received."""
        for path in self.arriving.iterdir():
            if time.time() - path.stat().st_mtime > older_than_s:
                path.unlink(missing_ok=True)

    def _instances(self, key: str) -> list[Path]:
        """The files of a series; none where a kill or a full disk left an empty folder."""
        return list((self._series / key / "instances").glob("*.dcm"))

    def _require_room(self, size: int) -> None:
        settings = self._settings
        free = shutil.disk_usage(settings.inbox).free
        too_much = self._count >= settings.instances or self._bytes + size > settings.bytes
        if too_much or free < settings.reserve_bytes:
            raise InboxFullError


def hashed(*names: str) -> str:
    """A name that tells nothing of a patient."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
