"""A field becomes a field on the lattice that DICOM can describe: right-handed, and as coarse as was asked for."""

from __future__ import annotations

import math
from itertools import count

import numpy as np

from registration.errors import PointError
from registration.field.displacement import DisplacementField
from registration.field.parallel import sampled_along
from registration.geometry import Grid

VECTOR_BYTES = 12
USUAL_BYTES = 64 * 2**20
"""What the vectors take at most when no spacing was asked for."""
STEP_MM = 0.5
LARGEST_BYTES = 2**32 - 2
"""What one value of DICOM holds (PS3.5 7.1.2)."""


def right_handed(field: DisplacementField) -> DisplacementField:
    """The same field with its slices in the order that makes the third axis row × column, a view of the array."""
    grid = field.grid
    if np.linalg.det(grid.axes) > 0:
        return field
    x, y, z = grid.axes.T
    origin = grid.index_to_mm((0, 0, grid.size[2] - 1))
    direction = tuple((float(a), float(b), float(c)) for a, b, c in np.stack([x, y, -z], axis=1))
    turned = Grid(grid.size, grid.spacing_mm, (float(origin[0]), float(origin[1]), float(origin[2])), direction)
    return DisplacementField(field.vectors_mm[::-1], turned)


def sampled(field: DisplacementField, spacing_mm: float | None = None) -> DisplacementField:
    """The field at lattice points `spacing_mm` apart, along no axis finer than it is known.

    The first point is the first voxel centre, the last one lies on or beyond the last voxel centre. Without a spacing:
    the field's own grid, or the least whole number of STEP_MM, that fits into USUAL_BYTES. A click that the field meets
    is met exactly on the field's own grid alone. Raises `field-too-large` above LARGEST_BYTES.
    """
    wanted = _usual_spacing(field.grid) if spacing_mm is None else spacing_mm
    lattice = _lattice(field.grid, wanted)
    if _bytes(lattice) > LARGEST_BYTES:
        message = f"A grid of {lattice.size} vectors (x, y, z) takes more than the 4 GiB of one DICOM value."
        raise PointError("field-too-large", f"{message} Ask for a larger spacing than {wanted} mm.")
    if lattice == field.grid:
        return field
    return sampled_along(field, lattice)


def _usual_spacing(grid: Grid) -> float:
    return next(n * STEP_MM for n in count() if _bytes(_lattice(grid, n * STEP_MM)) <= USUAL_BYTES)


def _bytes(grid: Grid) -> int:
    return math.prod(grid.size) * VECTOR_BYTES


def _lattice(grid: Grid, wanted: float) -> Grid:
    size, spacing = [], []
    for voxels, step in zip(grid.size, grid.spacing_mm, strict=True):
        taken = max(wanted, step)
        size.append(math.ceil((voxels - 1) * step / taken - 1e-9) + 1)
        spacing.append(taken)
    return Grid((size[0], size[1], size[2]), (spacing[0], spacing[1], spacing[2]), grid.origin_mm, grid.direction)
