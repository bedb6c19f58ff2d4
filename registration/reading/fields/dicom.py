"""A DICOM Deformable Spatial Registration becomes a map: its grid of offsets between its two matrices (C.20.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registration.dicom.continuation import continued
from registration.dicom.deformable_registration import DeformableRegistration, read_deformable_registration
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.reading.fields.file import FieldFile, always
from registration.reading.fields.parts import Linear, Part, Sampled
from registration.reading.limits import ReadingLimits


@dataclass(frozen=True)
class Registered:
    """x -> after(before(x) + d(x)): the offset belongs to the point as it came, before the first matrix."""

    offsets: Sampled
    before: Linear
    after: Linear

    def onward(self, grid: Grid, displacement: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """As `Part` has it."""
        moved, inside = self.offsets.onward(grid, displacement)
        turned, _ = self.before.onward(grid, displacement)
        found, _ = self.after.onward(grid, turned + (moved - displacement))
        return found, inside


def read_deformable(path: Path, limits: ReadingLimits) -> FieldFile:
    """The map of an object with one grid. Raises what `read_deformable_registration` raises."""
    one = read_deformable_registration(path, largest_points=limits.voxels)
    undefined = int(np.count_nonzero(np.isnan(one.field.vectors_mm[..., 0])))
    notes = []
    if undefined:
        notes.append(f"{undefined} grid points are undefined; there the nearest vectors continue")
    if not one.plain:
        notes.append("the object's matrices were worked into the field")
    frames = one.fixed_frame_uid, one.moving_frame_uid
    grid = one.field.grid
    return FieldFile("dicom", grid.size, grid, always(_part(one)), tuple(notes), frames)


def _part(one: DeformableRegistration) -> Part:
    offsets = Sampled(DisplacementField(continued(one.field.vectors_mm), one.field.grid))
    if one.plain:
        return offsets
    before, after = (Linear(matrix[:3, :3], matrix[:3, 3]) for matrix in (one.before, one.after))
    return Registered(offsets, before, after)
