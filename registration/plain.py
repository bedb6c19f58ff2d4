"""Results become JSON: numpy numbers as numbers, what is no finite number as null, grids as their four properties."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from registration.geometry import Grid


def json_text(values: object) -> str:
    """Readable JSON; floats come back bit for bit."""
    return json.dumps(plain(values), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: object) -> object:
    """The value made of what JSON knows."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def grid_to_json(grid: Grid) -> dict[str, Any]:
    """The four properties of a grid, all in (x, y, z) order."""
    return asdict(grid)


def grid_from_json(values: dict[str, Any]) -> Grid:
    """The grid that `grid_to_json` described."""
    size, spacing, origin = (tuple(values[k]) for k in ("size", "spacing_mm", "origin_mm"))
    return Grid(size, spacing, origin, tuple(tuple(row) for row in values["direction"]))
