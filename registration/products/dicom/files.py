"""A DICOM object becomes one file: its instance, or a zip of its instances in their order."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from registration.products.dicom.deformable import KIND, deformable_registration
from registration.products.dicom.identity import Stamp
from registration.products.dicom.objects import OBJECTS
from registration.products.outcome import Outcome
from registration.products.writing import appearing

ZIP = ".zip"
QUICK = 1
"""zlib's level: CT halves at any, this one takes a third of the time."""


def write_object_file(
    outcome: Outcome, stamp: Stamp, name: str, path: Path, *, spacing_mm: float | None = None
) -> None:
    """Write the object `name` to `path`: *.zip holds `0001.dcm` onwards, any other name the only instance.

    spacing_mm: how far apart the points of a deformable registration lie, by default as `sampled` says.
    """
    with TemporaryDirectory(dir=path.parent) as folder, appearing(path) as fresh:
        if name == KIND.name:
            deformable_registration(outcome, stamp, spacing_mm).save_as(fresh, enforce_file_format=True)
            return
        instances_file(OBJECTS[name](outcome, stamp, Path(folder)), stamp, fresh)


def instances_file(written: Sequence[Path], stamp: Stamp, path: Path) -> None:
    """Instances that were written become `path`: packed where that is *.zip, else the only one is moved there."""
    if path.suffix == ZIP:
        _pack(written, stamp, path)
        return
    (only,) = written
    only.replace(path)


def _pack(paths: Sequence[Path], stamp: Stamp, archive: Path) -> None:
    """The same instances make the same archive."""
    moment = stamp.made_at.timetuple()[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as packed:
        for number, path in enumerate(paths, start=1):
            entry = zipfile.ZipInfo(f"{number:04d}.dcm", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes(), compresslevel=QUICK)
