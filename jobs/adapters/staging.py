"""A private folder becomes a place to put files together before they count; what killed processes leave in it goes."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.adapters.store_errors import full, storage_full

ABANDONED_S = 86_400.0
"""Longer than any upload or registration takes."""


@contextmanager
def staging_folder(below: Path) -> Iterator[Path]:
    """An empty folder that is gone afterwards. Raises `storage-full`."""
    folder = Path(tempfile.mkdtemp(dir=below))
    try:
        with storage_errors():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def drop_abandoned(below: Path) -> None:
    """Remove what was staged so long ago that whoever did it must be dead."""
    for path in below.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def storage_errors() -> Iterator[None]:
    """A full disk is an answer, not an accident."""
    try:
        yield
    except OSError as error:
        if not full(error):
            raise
        raise storage_full() from error
