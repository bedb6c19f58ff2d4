"""CSV tables become corrections and points, and points become CSV on stdout."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registration.errors import PointError
from registration.geometry import Grid
from registration.reading.tables import read_correspondences, read_points
from registration.refinement.corrections import Correspondence


def corrections_from(path: Path) -> list[Correspondence]:
    """The correspondences of a table. Without ids the fixed point is the name: the same place again moves the click."""
    ids, fixed, moving = read_correspondences(path)
    names = ids or [place_id(point) for point in fixed]
    rows = zip(names, fixed.tolist(), moving.tolist(), strict=True)
    return [Correspondence(name, tuple(a), tuple(b)) for name, a, b in rows]


def place_id(point: NDArray[np.float64]) -> str:
    """A name for a fixed point, the same for the same micrometre."""
    text = ",".join(f"{v + 0.0:.3f}" for v in point.round(3))
    return "at-" + hashlib.sha256(text.encode()).hexdigest()[:10]


def points_inside(path: Path, grid: Grid) -> tuple[list[str] | None, NDArray[np.float64]]:
    """Ids and points (N, 3) of a table, all of them in the fixed scan."""
    ids, points = read_points(path)
    outside = np.flatnonzero(~grid.contains(points))
    if outside.size:
        first, where = int(outside[0]), points[outside[0]].tolist()
        message = f"{path.name}: {outside.size} of {len(points)} points lie outside the fixed scan; the first is point"
        raise PointError("point-outside-scan", f"{message} {first + 1} at {where} mm (LPS).")
    return ids, points


def print_points(points: NDArray[np.float64], columns: dict[str, Sequence[object]]) -> None:
    """CSV on stdout: the columns given, then x, y, z in mm."""
    write = sys.stdout.write
    write(",".join([*columns, "x", "y", "z"]) + "\n")
    for n, (x, y, z) in enumerate(points.tolist()):
        cells: Iterable[object] = (values[n] for values in columns.values())
        write(",".join([*map(str, cells), f"{x:.6f}", f"{y:.6f}", f"{z:.6f}"]) + "\n")
