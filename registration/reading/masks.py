"""A mask file becomes a label volume on its scan's grid."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading.limits import ReadingLimits
from registration.reading.scan import read_scan
from registration.volume import Volume


def read_mask(path: Path, grid: Grid) -> Volume:
    """The labels in a mask file, on exactly the voxels of `grid`.

    Axes stored in another order or direction are put in the scan's, which loses nothing. A mask on other voxels is
    refused: resampling labels is the caller's decision.
    """
    mask = read_scan(path, limits=ReadingLimits(smallest_axis=1)).volume
    turned = next((m for m in _turns(mask) if m.grid.same_place(grid)), None)
    if turned is None:
        message = f"{path.name} must lie on its scan's grid: expected {_text(grid)}, got {_text(mask.grid)}"
        raise ScanError("mask-grid-mismatch", message)
    if not turned.values.any():
        raise ScanError("mask-empty", f"{path.name} selects no voxel")
    return Volume(turned.values, grid)


def _turns(volume: Volume) -> list[Volume]:
    """The same voxels with their axes in every order and direction, as views."""
    return [_turned(volume, order, flips) for order in permutations(range(3)) for flips in product((1, -1), repeat=3)]


def _turned(volume: Volume, order: tuple[int, ...], flips: tuple[int, ...]) -> Volume:
    """Axis `order[i]` (x, y, z counting) becomes axis i, walked backwards where `flips[i]` is -1."""
    grid = volume.grid
    first = [grid.size[order[i]] - 1 if flips[i] < 0 else 0 for i in range(3)]
    start = np.zeros(3)
    start[list(order)] = first
    axes = grid.axes[:, list(order)] * np.asarray(flips)
    x, y, z = (float(v) for v in grid.index_to_mm(start))
    size = (grid.size[order[0]], grid.size[order[1]], grid.size[order[2]])
    spacing = (grid.spacing_mm[order[0]], grid.spacing_mm[order[1]], grid.spacing_mm[order[2]])
    direction = tuple((float(a), float(b), float(c)) for a, b, c in axes)
    values = volume.values.transpose([2 - order[i] for i in (2, 1, 0)])[:: flips[2], :: flips[1], :: flips[0]]
    return Volume(values, Grid(size, spacing, (x, y, z), direction))


def _text(grid: Grid) -> str:
    size = " x ".join(map(str, grid.size))
    spacing = " x ".join(f"{v:.3f}" for v in grid.spacing_mm)
    origin = ", ".join(f"{v:.2f}" for v in grid.origin_mm)
    return f"{size} voxels of {spacing} mm from ({origin})"
