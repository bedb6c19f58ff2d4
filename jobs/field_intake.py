"""A file with a displacement field becomes a stored series of its own kind: the file as it came, and its report."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from jobs import journal
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, SeriesRecord
from registration.errors import FieldError
from registration.geometry import Grid
from registration.plain import grid_to_json
from registration.reading.fields import FieldFile, open_field

FILE = "field"
"""The file in the series' folder; its format is told by its content."""
FIELD = "field"
"""What `kind` of the report says."""


def publish_field(
    ports: Ports, staged: Path, name: str, owner: str, source: Path, size: int
) -> tuple[SeriesRecord, bool]:
    """The field in `source`, read to its last number, kept under `name`. Raises FieldError; then nothing is kept."""
    field = open_field(source)
    grid = grid_to_json(field.grid) if field.grid else {}
    record = SeriesRecord(
        id=name,
        owner=owner,
        created_at=time.time(),
        bytes=size,
        files=1,
        grid=grid,
        report=_report(field, grid),
        holds=FIELD,
    )
    shutil.copyfile(source, staged / FILE)
    (staged / DOCUMENT).write_text(record.model_dump_json())
    new = ports.artefacts.publish(Kind.SERIES, name, staged)
    journal.record("field-kept", series=name, bytes=size, new=new)
    return record, new


def load_field(ports: Ports, name: str) -> FieldFile:
    """The stored field."""
    return open_field(ports.artefacts.folder(Kind.SERIES, name) / FILE)


def require_field(record: SeriesRecord, fixed: Grid | None) -> None:
    """Raises `field-unreadable` where the series is a scan, `field-grid-mismatch` where it is of another fixed scan.

    What its vectors say the worker looks at.
    """
    if record.holds != FIELD:
        raise FieldError("field-unreadable", f"The series {record.id} is a scan; a displacement field is expected.")
    if fixed is None:
        return
    size = record.report["size"]
    if record.grid:
        _require_common_space(record, fixed)
    elif size is not None and tuple(size) != fixed.size:
        message = f"The field has vectors for {tuple(size)} voxels, the fixed scan has {fixed.size} (x, y, z)."
        raise FieldError("field-grid-mismatch", message)


def _require_common_space(record: SeriesRecord, fixed: Grid) -> None:
    ours, theirs = fixed.corners(), record.lies().corners()
    if (ours.max(0) < theirs.min(0)).any() or (theirs.max(0) < ours.min(0)).any():
        low, high = theirs.min(0).round(1).tolist(), theirs.max(0).round(1).tolist()
        message = f"The field lies within {low} to {high} mm (LPS), the fixed scan does not."
        raise FieldError("field-grid-mismatch", message)


def _report(field: FieldFile, grid: dict[str, Any]) -> dict[str, Any]:
    """What a client reads about the file."""
    placed = {key: grid.get(key) for key in ("spacing_mm", "origin_mm", "direction")}
    return {"kind": FIELD, "format": field.format, "size": field.size, **placed, "notes": list(field.notes)}
