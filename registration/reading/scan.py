"""A path becomes a scan: a volume and the report of how it was read. Folder, archive or single file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registration.dicom import Dropped
from registration.errors import ScanError
from registration.reading.archive import DISK_FULL, unpacked
from registration.reading.dicom_scan import DEFAULT_READING, DicomReading, read_dicom
from registration.reading.images import read_image
from registration.reading.kind import file_kind
from registration.reading.limits import DEFAULT_LIMITS, ReadingLimits
from registration.reading.report import ScanReport
from registration.volume import Volume

IMAGES = ("nifti", "nifti-gz", "mha", "nrrd")


@dataclass(frozen=True)
class Scan:
    """A volume and what is known about it."""

    volume: Volume
    report: ScanReport


def read_scan(path: Path, *, limits: ReadingLimits = DEFAULT_LIMITS, how: DicomReading = DEFAULT_READING) -> Scan:
    """The scan at `path`: DICOM (folder, zip, single multi-frame file), NIfTI, MHA/MHD or NRRD, told by content.

    `how` says what may be done to DICOM, and where its voxels go. Raises `ScanError` for everything that is no single
    complete volume, OSError when there is no room to unpack it; nothing is left behind.
    """
    if not path.exists():
        raise ScanError("scan-not-found", f"{path.name} does not exist")
    try:
        return _read(path, limits, how)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise ScanError("scan-unreadable", f"{path.name} cannot be read ({type(error).__name__})") from error


def _read(path: Path, limits: ReadingLimits, how: DicomReading) -> Scan:
    if path.is_dir():
        return _read_files(_visible(path), path.name, limits, how)
    if file_kind(path) == "zip":
        with unpacked(path, limits) as folder:
            return _read_files(_visible(folder), path.name, limits, how, nested=True)
    return _read_files([path], path.name, limits, how)


def _visible(folder: Path) -> list[Path]:
    """The files below a folder, without what desktops hide beside them."""
    below = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    hidden = [{p for p in path.relative_to(folder).parts if p.startswith((".", "__MACOSX"))} for path in below]
    return [path for path, names in zip(below, hidden, strict=True) if not names]


def _read_files(
    files: Sequence[Path], name: str, limits: ReadingLimits, how: DicomReading, *, nested: bool = False
) -> Scan:
    """The one scan among these files. `nested`: they come out of an archive, where another archive is refused."""
    if not files:
        raise ScanError("scan-empty", f"{name} holds no files")
    if len(files) > limits.files:
        raise ScanError("scan-unreadable", f"{name} holds {len(files)} files, accepted are {limits.files}")
    kinds = {file: file_kind(file) for file in files}
    dicom = [file for file, kind in kinds.items() if kind == "dicom"]
    images = [file for file, kind in kinds.items() if kind in IMAGES]
    archives = [file for file, kind in kinds.items() if kind == "zip"]
    if archives and nested:
        raise ScanError("archive-unsafe", f"{name} holds another archive: {archives[0].name}")
    if len(archives) == 1 and not dicom and not images:
        return _read(archives[0], limits, how)
    if dicom:
        others = [Dropped(file.name, "not a DICOM file") for file in files if kinds[file] != "dicom"]
        return _checked(*read_dicom(dicom, others, limits, how), limits)
    image = _only(images, name, files)
    return _checked(*read_image(image, str(kinds[image]), limits), limits)


def _only(images: list[Path], name: str, files: Sequence[Path]) -> Path:
    if len(images) == 1:
        return images[0]
    if images:
        listing = ", ".join(f.name for f in images[:5])
        raise ScanError("series-mixed", f"{name} holds {len(images)} volumes, expected one: {listing}")
    what = f"{name} is" if len(files) == 1 else f"None of the {len(files)} files of {name} is"
    raise ScanError("scan-unreadable", f"{what} no DICOM, NIfTI, MHA or NRRD")


def _checked(volume: Volume, report: ScanReport, limits: ReadingLimits) -> Scan:
    """The scan, unless it is too small, too large for a patient or holds values that are no numbers."""
    if min(volume.grid.size) < limits.smallest_axis:
        size = " x ".join(map(str, volume.grid.size))
        raise ScanError(
            "scan-too-small", f"The volume has {size} voxels, expected at least {limits.smallest_axis} along every axis"
        )
    litres = 1e-6 * math.prod(n * s for n, s in zip(volume.grid.size, volume.grid.spacing_mm, strict=True))
    if litres > limits.litres:
        spacing = " x ".join(f"{v:g}" for v in volume.grid.spacing_mm)
        message = f"Voxels of {spacing} mm make a volume of {litres:.3g} litres, accepted are {limits.litres:g}"
        raise ScanError("scan-unreadable", f"{message}; is the spacing right?")
    if not np.isfinite(report.value_range).all():
        bad = int(np.size(volume.values) - np.isfinite(volume.values).sum())
        raise ScanError("scan-values-invalid", f"{bad} of {volume.values.size} voxels are NaN or infinite", voxels=bad)
    return Scan(volume, report)
