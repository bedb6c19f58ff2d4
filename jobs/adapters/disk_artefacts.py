"""Artefacts in a folder: staged aside, flushed to disk, then renamed into place."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from jobs.adapters.names import not_found, require_name
from jobs.adapters.staging import drop_abandoned, staging_folder
from jobs.ports import Kind


class DiskArtefacts:
    """Fulfils `jobs.ports.ArtefactStore` below one private folder: `series/ID`, `registrations/ID`, `staging/`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._staging = root / "staging"
        for folder in (root, self._staging, *(root / kind for kind in Kind)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def staging(self) -> AbstractContextManager[Path]:
        return staging_folder(self._staging)

    def publish(self, kind: Kind, name: str, staged: Path, *, replace: bool = False) -> bool:
        flush(staged)
        if replace:
            self.delete(kind, name)
        try:
            staged.rename(self._path(kind, name))
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
        flush_folder(self._root / kind)
        return True

    def folder(self, kind: Kind, name: str) -> Path:
        path = self._path(kind, name)
        if not path.is_dir():
            raise not_found(kind)
        return path

    def file(self, kind: Kind, name: str, relative: str) -> Path | None:
        path = self.folder(kind, name) / relative
        return path if path.is_file() else None

    def place(self, kind: Kind, name: str, relative: str, staged: Path) -> None:
        target = self.folder(kind, name)
        *parents, file = Path(relative).parts
        flush(staged)
        try:
            for parent in parents:  # one level at a time: never bring a purged artefact back to life
                target /= parent
                target.mkdir(mode=0o700, exist_ok=True)
            staged.replace(target / file)
        except FileNotFoundError:
            raise not_found(kind) from None

    def drop(self, kind: Kind, name: str, relative: str) -> None:
        self._discard(self.folder(kind, name) / relative)

    def delete(self, kind: Kind, name: str) -> bool:
        return self._discard(self._path(kind, name))

    def names(self, kind: Kind) -> Iterable[str]:
        return sorted(path.name for path in (self._root / kind).iterdir())

    def ping(self) -> None:
        with tempfile.TemporaryFile(dir=self._staging):
            pass

    def tidy(self) -> None:
        drop_abandoned(self._staging)

    def sweep(self) -> None:
        """What died here died in staging."""

    def clear_staging(self) -> None:
        """Remove what killed processes left half-written; only while no process works here."""
        for path in self._staging.iterdir():
            shutil.rmtree(path, ignore_errors=True)

    def _path(self, kind: Kind, name: str) -> Path:
        return self._root / kind / require_name(kind, name)

    def _discard(self, path: Path) -> bool:
        """Out of sight at once, then file by file."""
        trash = Path(tempfile.mkdtemp(dir=self._staging))
        try:
            path.rename(trash / "discarded")
        except FileNotFoundError:
            return False
        finally:
            shutil.rmtree(trash, ignore_errors=True)
        return True


def flush(path: Path) -> None:
    """Bytes of a file, or of every file and folder below a folder, on the disk before anyone is told of them."""
    if path.is_dir():
        for child in path.iterdir():
            flush(child)
    flush_folder(path)


def flush_folder(path: Path) -> None:
    """fsync of one file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
