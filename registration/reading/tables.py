"""CSV tables become points and correspondences in LPS millimetres; every objection names file and line.

Correspondences may also come as a DICOM Spatial Fiducials object.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from registration.dicom import looks_like_dicom
from registration.errors import PointError
from registration.geometry.grid import Floats
from registration.reading.fiducials import read_fiducials

POINT = ("x", "y", "z")
PAIR = ("fixed_x", "fixed_y", "fixed_z", "moving_x", "moving_y", "moving_z")
LARGEST_FILE = 64 * 2**20

Ids = list[str] | None


def read_points(path: Path) -> tuple[Ids, Floats]:
    """Identifiers (where there is a column `id`) and points (N, 3): the columns x, y, z, or else the last three."""
    return _read(path, POINT)


def read_correspondences(path: Path) -> tuple[Ids, Floats, Floats]:
    """Identifiers, fixed points (N, 3) and moving points (N, 3): the six columns of `PAIR`, or else the last six."""
    if path.is_file() and looks_like_dicom(path):
        return read_fiducials(path)
    ids, numbers = _read(path, PAIR)
    return ids, numbers[:, :3], numbers[:, 3:]


def _read(path: Path, names: tuple[str, ...]) -> tuple[Ids, Floats]:
    lines = _lines(path)
    header = [] if _is_data(lines[0][1], len(names)) else [cell.strip().lower() for cell in lines[0][1]]
    rows = lines[1:] if header else lines
    if not rows:
        raise PointError("table-unreadable", f"{path.name} holds no rows below its header")
    columns = [header.index(name) for name in names] if set(names) <= set(header) else list(range(-len(names), 0))
    numbers = np.array([_numbers(path, line, cells, columns) for line, cells in rows])
    return _ids(path, header, rows), numbers


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The filled lines of the file with their numbers, counted from 1."""
    if not path.is_file():
        raise PointError("table-unreadable", f"{path.name} does not exist")
    if path.stat().st_size > LARGEST_FILE:
        raise PointError(
            "table-unreadable", f"{path.name} holds {path.stat().st_size} bytes, accepted are {LARGEST_FILE}"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [(n, cells) for n, cells in enumerate(csv.reader(file), 1) if any(c.strip() for c in cells)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise PointError("table-unreadable", f"{path.name} is no CSV text") from error
    if not lines:
        raise PointError("table-unreadable", f"{path.name} is empty")
    return lines


def _is_data(cells: list[str], count: int) -> bool:
    """Whether the first line is already a row of numbers and no header."""
    try:
        return len([float(cell) for cell in cells[-count:]]) == count
    except ValueError:
        return False


def _numbers(path: Path, line: int, cells: list[str], columns: list[int]) -> list[float]:
    try:
        numbers = [float(cells[column]) for column in columns]
    except (ValueError, IndexError) as error:
        message = f"{path.name}, line {line}: expected {len(columns)} numbers, got {','.join(cells)[:80]!r}"
        raise PointError("table-unreadable", message, line=line) from error
    if not np.isfinite(numbers).all():
        raise PointError(
            "point-not-finite", f"{path.name}, line {line}: coordinates must be finite, got {numbers}", line=line
        )
    return numbers


def _ids(path: Path, header: list[str], rows: list[tuple[int, list[str]]]) -> Ids:
    if "id" not in header:
        return None
    ids = [cells[header.index("id")].strip() for _, cells in rows]
    twice = next((i for i in ids if ids.count(i) > 1), None) if len(set(ids)) < len(ids) else None
    if twice is not None:
        raise PointError("table-unreadable", f"{path.name}: the identifier {twice!r} occurs more than once")
    return ids
