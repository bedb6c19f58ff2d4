"""A result folder appears or changes completely or not at all: written beside its place, then moved in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from registration.errors import MethodError


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """A folder to write into; its entries replace those of `output` when the block succeeds, else nothing is left."""
    output = output.resolve()
    if output.exists() and not output.is_dir():
        raise MethodError("result-unreadable", f"{output.name} is a file, expected a folder to write the result into.")
    ground = next(parent for parent in output.parents if parent.is_dir())
    fresh = ground / f".kernelreg-{uuid4().hex}"
    fresh.mkdir()
    try:
        yield fresh
        _move_in(fresh, output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _move_in(fresh: Path, output: Path) -> None:
    if not output.exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        fresh.rename(output)
        return
    for entry in sorted(fresh.iterdir(), key=Path.is_dir):
        target = output / entry.name
        if target.is_dir():
            target.rename(fresh / f"{entry.name}-replaced")
        entry.replace(target)
