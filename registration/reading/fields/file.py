"""What a field's file says, before and after it is placed between two scans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.reading.fields.parts import Part, Sampled

Place = Callable[[Grid, Grid], tuple[Part, ...]]


@dataclass(frozen=True)
class FieldFile:
    """One file that was read: the maps from fixed to moving points that it stands for, in the order of their use.

    format: `mha`, `nrrd`, `nifti`, `transform`, `learn2reg` or `dicom`. size: voxels of its vectors (x, y, z), None
    where it has none. grid: where they lie, None where the format does not say. place: the maps, for a fixed and a
    moving grid. frames: of reference, fixed and moving, where the format names them.
    """

    format: str
    size: tuple[int, int, int] | None
    grid: Grid | None
    place: Place
    notes: tuple[str, ...] = ()
    frames: tuple[str, str] | None = None


@dataclass(frozen=True)
class ReadField:
    """A foreign field on the fixed grid, and how it came there.

    covered_percent: of the fixed voxels lie where the file has vectors; elsewhere its border values continue.
    arriving_percent: of the fixed voxels are led into the moving scan.
    """

    field: DisplacementField
    format: str
    covered_percent: float
    arriving_percent: float
    notes: tuple[str, ...]


def always(*parts: Part) -> Place:
    """The maps of a file that says itself where they lie."""

    def place(_fixed: Grid, _moving: Grid) -> tuple[Part, ...]:
        return parts

    return place


def vectors_file(format: str, field: DisplacementField, notes: tuple[str, ...] = ()) -> FieldFile:
    """The file of one field that says itself where it lies."""
    return FieldFile(format, field.grid.size, field.grid, always(Sampled(field)), notes)
