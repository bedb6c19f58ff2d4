"""A path given on the command line becomes a scan or a mask; what is wrong with it is said with its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registration.errors import KernelregError
from registration.geometry import Grid
from registration.reading import Scan, read_mask, read_scan
from registration.volume import Volume


def scan_at(path: Path) -> Scan:
    """The scan in a folder, archive or file."""
    with naming(path):
        return read_scan(path)


def mask_at(path: Path | None, grid: Grid) -> Volume | None:
    """The mask in a file, on the scan's grid; None without a file."""
    if path is None:
        return None
    with naming(path):
        return read_mask(path, grid)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Objections raised inside name the path, whichever part of the reading they come from."""
    try:
        yield
    except KernelregError as error:
        if path.name not in error.message:
            error.message = f"{path.name}: {error.message}"
        raise
