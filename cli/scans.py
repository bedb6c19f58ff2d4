"""A path given on the command line becomes a scan or a mask; what is wrong with it is said with its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registration.errors import KernelregError
from registration.reading import DicomReading, Regridding, Scan, read_mask, read_scan
from registration.volume import Volume


def scan_at(path: Path, *, regrid: bool = False) -> Scan:
    """The scan in a folder, archive or file; slices that form no regular grid are put on one where `regrid` says so."""
    with naming(path):
        return read_scan(path, how=DicomReading(Regridding() if regrid else None))


def mask_at(path: Path | None, scan: Volume, roi: str | None = None) -> Volume | None:
    """The mask in a file, on the scan's grid; None without a file. `roi` names a part of a structure set."""
    if path is None:
        return None
    with naming(path):
        frame = scan.source.frame_of_reference_uid if scan.source else None
        return read_mask(path, scan.grid, roi, frame_uid=frame)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Objections raised inside name the path, whichever part of the reading they come from."""
    try:
        yield
    except KernelregError as error:
        if path.name not in error.message:
            error.message = f"{path.name}: {error.message}"
        raise
