"""A folder becomes objects in a store, its manifest last; a manifest and its objects become files again, checked.

PLACE/data-GENERATION/FILE   the files of one writing, never changed
PLACE/manifest.json          which writing counts: every file with its object, size and SHA-256; one atomic put

Whoever finds a manifest finds everything it names; a writing that died before its manifest is nothing but litter.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fsspec import AbstractFileSystem
from pydantic import ValidationError

from jobs import journal
from jobs.adapters.checksums import sha256_of
from jobs.adapters.store_errors import store_errors, taken_already
from jobs.errors import JobError
from jobs.model import Stored

MANIFEST = "manifest.json"
TRIES = 2
"""How often an object is read before its bytes are called damaged."""


class Part(Stored):
    """One file of a bundle: where its bytes lie below the place, how many, and their digest."""

    object: str
    bytes: int
    sha256: str


class Manifest(Stored):
    """What one writing holds, by the path of each file in the folder it was."""

    version: int = 1
    generation: str
    parts: dict[str, Part]


class Bundles:
    """Bundles below `root` of a file system. Raises `store-unavailable`, `storage-full`, `artefact-damaged`."""

    def __init__(self, files: AbstractFileSystem, root: str) -> None:
        self._files = files
        self._root = root.rstrip("/")

    def write(self, place: str, staged: Path, *, replace: bool) -> bool:
        """Upload a folder and declare it; without `replace` False when something was declared there already."""
        manifest = described(staged)
        before = self.manifest(place) if replace else None
        with store_errors():
            for relative, part in manifest.parts.items():
                self._files.put_file(str(staged / relative), self.path(f"{place}/{part.object}"))
        won = self._declare(place, manifest, replace=replace)
        if outdated := before if won else manifest:
            self.remove(f"{place}/data-{outdated.generation}")
        return won

    def manifest(self, place: str) -> Manifest | None:
        """What is declared at a place, None when nothing is."""
        with store_errors():
            try:
                text = self._files.cat_file(self.path(f"{place}/{MANIFEST}"), start=0)  # as a range: one request
                return Manifest.model_validate_json(text)
            except FileNotFoundError:
                return None
            except ValidationError as error:
                raise damaged(place) from error

    def fetch(self, place: str, part: Part, target: Path) -> None:
        """Bring one file here; raises `artefact-damaged` when its bytes are not those that were written."""
        for _ in range(TRIES):
            with store_errors():
                self._files.get_file(self.path(f"{place}/{part.object}"), str(target))
            if sha256_of(target) == part.sha256:
                return
            journal.record("artefact-damaged", place=place)
        raise damaged(place)

    def withdraw(self, place: str) -> bool:
        """Take the manifest away, then everything else; whether there was a manifest."""
        declared = self.manifest(place) is not None
        if declared:
            with store_errors():
                self._files.rm_file(self.path(f"{place}/{MANIFEST}"))
        self.remove(place)
        return declared

    def remove(self, place: str) -> None:
        """Every object below a place, if there is any."""
        with store_errors():
            if self._files.find(self.path(place)):
                self._files.rm(self.path(place), recursive=True)

    def remove_abandoned(self, place: str, older_than_s: float) -> None:
        """Every object below a place where nothing was declared, and nothing was written lately."""
        if self.manifest(place) is not None:
            return
        with store_errors():
            found = self._files.find(self.path(place))
            written = [self._files.modified(path).timestamp() for path in found]
        if written and time.time() - max(written) > older_than_s:
            self.remove(place)

    def below(self, place: str) -> list[str]:
        """The names directly below a place."""
        with store_errors():
            try:
                found = self._files.ls(self.path(place), detail=False, refresh=True)
            except FileNotFoundError:
                return []
        return sorted({str(one).rstrip("/").rpartition("/")[2] for one in found})

    def touch(self, place: str) -> None:
        """Write something and take it away again: raises when the store cannot be written."""
        path = self.path(f"{place}/{secrets.token_hex(4)}")
        with store_errors():
            self._files.pipe_file(path, b"")
            self._files.rm_file(path)

    def path(self, place: str) -> str:
        """A place as the file system calls it."""
        return f"{self._root}/{place}"

    def _declare(self, place: str, manifest: Manifest, *, replace: bool) -> bool:
        path, text = self.path(f"{place}/{MANIFEST}"), manifest.model_dump_json().encode()
        with store_errors(), taken_already() as taken:
            self._files.pipe_file(path, text, mode="overwrite" if replace else "create")
        return not taken


def described(folder: Path) -> Manifest:
    """The manifest of a folder that is about to be uploaded."""
    generation = secrets.token_hex(6)
    parts = {
        relative: Part(
            object=f"data-{generation}/{relative}",
            bytes=(folder / relative).stat().st_size,
            sha256=sha256_of(folder / relative),
        )
        for relative in sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    }
    return Manifest(generation=generation, parts=parts)


def damaged(place: str) -> JobError:
    """What lies there is not what was written."""
    return JobError("artefact-damaged", f"What the artefact store holds of {place} is not what was written.")


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it takes the place of `target` when the block ends well."""
    fresh = target.with_name(f".{secrets.token_hex(6)}")
    try:
        yield fresh
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
