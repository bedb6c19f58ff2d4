"""A series as it is kept: intensities as a memory-mapped array, everything else as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from jobs.model import Stored
from registration.geometry import Grid
from registration.plain import grid_from_json
from registration.volume import Volume

VALUES, DOCUMENT = "volume.npy", "series.json"


class SeriesRecord(Stored):
    """What is known of a series without touching its voxels. `report` is the geometry report of the reader."""

    id: str
    owner: str
    created_at: float
    bytes: int
    files: int
    grid: dict[str, Any]
    report: dict[str, Any]

    def placed(self) -> Grid:
        """The grid on which the scan lies."""
        return grid_from_json(self.grid)


def save_series(folder: Path, record: SeriesRecord, volume: Volume) -> None:
    """Write a series into an empty folder."""
    np.save(folder / VALUES, np.ascontiguousarray(volume.values, np.float32))
    (folder / DOCUMENT).write_text(record.model_dump_json())


def read_record(document: Path) -> SeriesRecord:
    """The document of a series."""
    return SeriesRecord.model_validate_json(document.read_text())


def load_volume(folder: Path) -> Volume:
    """The scan; its voxels are read from disk when they are used."""
    return Volume(np.load(folder / VALUES, mmap_mode="r"), read_record(folder / DOCUMENT).placed())
