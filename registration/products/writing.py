"""A file appears complete or not at all: written beside its place under another name, then renamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A path beside `path` with the same ending; renamed to `path` when the block succeeds, removed when it fails."""
    fresh = path.with_name(f".{uuid4().hex}-{path.name}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
