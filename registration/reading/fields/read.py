"""A path becomes a displacement field on the fixed grid, whichever tool wrote it: the format is told by content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from registration.errors import FieldError, ScanError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.blocks import EVERY_OTHER, every_other, slabs
from registration.reading.archive import DISK_FULL
from registration.reading.fields.dicom import read_deformable
from registration.reading.fields.file import FieldFile, ReadField
from registration.reading.fields.flatten import flattened, same_field
from registration.reading.fields.images import read_itk_vectors, read_nifti_vectors
from registration.reading.fields.itk_transform import read_itk_transform
from registration.reading.fields.kind import field_kind
from registration.reading.fields.learn2reg import read_learn2reg
from registration.reading.limits import ReadingLimits
from registration.refinement.corrections import FARTHEST_MM

FIELD_LIMITS = ReadingLimits(voxels=512 * 512 * 683)
"""Three numbers a voxel: as many as the largest scan has."""
FORMATS = "NIfTI (intents 1006, 1007), MHA, NRRD, ITK transform (HDF5), Learn2Reg npz, Deformable Spatial Registration"


def read_field(path: Path, fixed: Grid, moving: Grid, *, limits: ReadingLimits = FIELD_LIMITS) -> ReadField:
    """The field in the file, fixed to moving in LPS mm, on the fixed grid; resampled where it lies on another one.

    Raises FieldError: `field-unreadable`, `field-damaged`, `field-values-invalid`, `field-grid-mismatch`.
    """
    return placed(open_field(path, limits=limits), fixed, moving)


def open_field(path: Path, *, limits: ReadingLimits = FIELD_LIMITS) -> FieldFile:
    """What the file says, read to its last number. Raises FieldError."""
    with _field_errors(path):
        kind = field_kind(path)
        if kind in ("mha", "nrrd"):
            return read_itk_vectors(path, kind, limits)
        if kind in ("nifti", "nifti-gz"):
            return read_nifti_vectors(path, kind, limits)
        if kind == "transform":
            return read_itk_transform(path, limits)
        if kind == "learn2reg":
            return read_learn2reg(path, limits)
        if kind == "dicom":
            return read_deformable(path, limits)
    raise FieldError("field-unreadable", f"{path.name} is none of {FORMATS}")


def placed(file: FieldFile, fixed: Grid, moving: Grid) -> ReadField:
    """The field of a file on the fixed grid. Raises `field-grid-mismatch`, `field-values-invalid`."""
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is told below
        parts = file.place(fixed, moving)
        field, covered = flattened(parts, fixed)
    _require_displacements(field)
    notes = list(file.notes)
    if same_field(parts, fixed) is None and file.grid:
        spacing = " x ".join(f"{v:g}" for v in np.round(file.grid.spacing_mm, 3))
        notes.append(f"resampled onto the fixed grid from {file.size} voxels of {spacing} mm")
    if covered == 0:
        raise FieldError("field-grid-mismatch", "The field lies nowhere in the fixed scan.")
    if covered < 100:
        notes.append(f"{100 - covered:.3g} % of the fixed scan lies beyond the field; there its border continues")
    arriving = _arriving_percent(field, moving)
    if arriving == 0:
        raise FieldError("field-grid-mismatch", "The field leads no point of the fixed scan into the moving one.")
    return ReadField(field, file.format, covered, arriving, tuple(notes))


def _require_displacements(field: DisplacementField) -> None:
    """Raises `field-values-invalid`."""
    for box in slabs(field.grid):
        bad = int(np.count_nonzero(~(np.abs(field.vectors_mm[box.slices]) <= FARTHEST_MM).all(-1)))  # not of NaN
        if bad:
            message = f"At {bad} voxels or more the displacement is not finite, or over {FARTHEST_MM:.0f} mm."
            raise FieldError("field-values-invalid", message, voxels=bad)


def _arriving_percent(field: DisplacementField, moving: Grid) -> float:
    """Of every other voxel along each axis."""
    there = every_other(field.grid).voxel_points() + field.vectors_mm[EVERY_OTHER]
    return 100.0 * float(moving.contains(there).mean())


@contextmanager
def _field_errors(path: Path) -> Iterator[None]:
    """What readers of scans object to, said of a field."""
    if not path.is_file():
        raise FieldError("field-unreadable", f"{path.name} is no file")
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except ScanError as error:
        code = "field-damaged" if error.code == "scan-truncated" else "field-unreadable"
        raise FieldError(code, error.message, **error.details) from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise FieldError("field-unreadable", f"{path.name} cannot be read ({type(error).__name__})") from error
