"""A field and a box become the field of the box on its own grid, which places itself in patient space."""

from __future__ import annotations

from collections.abc import Iterator

from registration.field.displacement import DisplacementField
from registration.geometry import Box, Grid

SLAB_VOXELS = 4_000_000
"""Voxels treated at once where the whole field would not fit into memory several times."""

EVERY_OTHER = (slice(None, None, 2),) * 3
"""Of an array (z, y, x, ...): enough for figures of the whole, at an eighth of the work."""


def every_other(grid: Grid) -> Grid:
    """The grid of every other voxel along each axis, the first included."""
    (x, y, z), (sx, sy, sz) = grid.size, grid.spacing_mm
    return Grid(((x + 1) // 2, (y + 1) // 2, (z + 1) // 2), (2 * sx, 2 * sy, 2 * sz), grid.origin_mm, grid.direction)


def cropped_grid(grid: Grid, box: Box) -> Grid:
    """The grid of the voxels in the box; the box must not be empty."""
    x, y, z = (b - a for a, b in zip(box.start, box.stop, strict=True))
    ox, oy, oz = grid.index_to_mm(box.start).tolist()
    return Grid((x, y, z), grid.spacing_mm, (ox, oy, oz), grid.direction)


def cropped(field: DisplacementField, box: Box) -> DisplacementField:
    """The field on the voxels of the box."""
    return DisplacementField(field.vectors_mm[box.slices], cropped_grid(field.grid, box))


def slabs(grid: Grid) -> Iterator[Box]:
    """The grid in boxes of whole slices, in order."""
    x, y, z = grid.size
    step = max(1, SLAB_VOXELS // (x * y))
    for start in range(0, z, step):
        yield Box((0, 0, start), (x, y, min(start + step, z)))
