"""A series as it is kept: intensities as a memory-mapped array, what is known of it as JSON, and its DICOM source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from jobs.model import Stored
from registration.errors import ScanError
from registration.geometry import Grid
from registration.plain import grid_from_json
from registration.provenance import DicomSource, source_from_json
from registration.volume import Volume

VALUES, DOCUMENT, SOURCE = "volume.npy", "series.json", "source.json"


class SeriesRecord(Stored):
    """What is known of a series without touching its voxels. `report` is the geometry report of the reader.

    holds: `scan`, or `field` for the file of a displacement field; its `grid` is empty where the format knows none.
    """

    id: str
    owner: str
    created_at: float
    bytes: int
    files: int
    grid: dict[str, Any]
    report: dict[str, Any]
    holds: str = "scan"

    def placed(self) -> Grid:
        """The grid on which the scan lies. Raises `scan-not-a-volume` where this is no scan."""
        if self.holds != "scan":
            raise ScanError("scan-not-a-volume", f"The series {self.id} is a {self.holds}; a scan is expected.")
        return self.lies()

    def lies(self) -> Grid:
        """The grid, whatever lies there."""
        return grid_from_json(self.grid)


def save_series(folder: Path, record: SeriesRecord, volume: Volume) -> None:
    """Write a series into a folder that is empty, or holds nothing but its voxels already."""
    if not (folder / VALUES).exists():
        np.save(folder / VALUES, np.ascontiguousarray(volume.values, np.float32))
    (folder / DOCUMENT).write_text(record.model_dump_json())
    if volume.source:
        (folder / SOURCE).write_text(volume.source.to_json())


def read_record(document: Path) -> SeriesRecord:
    """The document of a series."""
    return SeriesRecord.model_validate_json(document.read_text())


def load_volume(folder: Path) -> Volume:
    """The scan; its voxels are read from disk when they are used."""
    values, grid = np.load(folder / VALUES, mmap_mode="r"), read_record(folder / DOCUMENT).placed()
    return Volume(values, grid, load_source(folder))


def load_source(folder: Path) -> DicomSource | None:
    """The DICOM series behind a scan, None for a scan that came in another format."""
    file = folder / SOURCE
    return source_from_json(file.read_text()) if file.exists() else None
