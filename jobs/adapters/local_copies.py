"""Files of a remote store that were fetched and checked once, kept here until they are purged or room is needed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from jobs.adapters.bundles import aside

IN_USE_S = 600.0
"""Copies used lately stay, whatever room they take."""


class LocalCopies:
    """Copies below one folder: `KIND/NAME/GENERATION/FILE`. A generation never changes, so a copy is never stale."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def folder(self, owner: str, generation: str) -> Path:
        """Where the files of one writing lie; notes that they are in use."""
        folder = self._root / owner / generation
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(self._root / owner)
        return folder

    def file(self, owner: str, generation: str, relative: str, fetch: Callable[[Path], None]) -> Path:
        """The copy of one file, fetched when it is not here."""
        path = self.folder(owner, generation) / relative
        if not path.is_file():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with aside(path) as fresh:
                fetch(fresh)
        return path

    def drop(self, owner: str) -> None:
        """Forget an artefact."""
        shutil.rmtree(self._root / owner, ignore_errors=True)

    def owners(self) -> list[str]:
        """`KIND/NAME` of everything that has copies, the longest unused first."""
        found = [path for path in self._root.glob("*/*") if path.is_dir()]
        return [str(path.relative_to(self._root)) for path in sorted(found, key=lambda path: path.stat().st_mtime)]

    def make_room(self) -> None:
        """Drop what was not used for longest until the rest fits; what is in use stays."""
        taken = {owner: size_of(self._root / owner) for owner in self.owners()}
        excess = sum(taken.values()) - self._most_bytes
        for owner, size in taken.items():
            if excess <= 0 or time.time() - (self._root / owner).stat().st_mtime < IN_USE_S:
                return
            self.drop(owner)
            excess -= size


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
