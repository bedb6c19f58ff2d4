"""An outcome becomes a Deformable Spatial Registration: the whole map from fixed to moving as one grid (PS3.3 A.39.2).

The object's frame of reference is the fixed scan's, its source the moving scan's; both matrices are the identity, so
`moving_point = x + d(x)` with d interpolated between the grid's points, as everywhere in kernelreg (C.20.3.1.1).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeformableSpatialRegistrationStorage

from registration.dicom.writing import decimal
from registration.field.displacement import DisplacementField
from registration.products.dicom.identity import Stamp, frame_of_reference, sources_of
from registration.products.dicom.lattice import right_handed, sampled
from registration.products.dicom.matrices import IDENTITY, matrix_item, registration_type
from registration.products.dicom.modules import RESEARCH, Kind, content, new_object, saved
from registration.products.dicom.references import common_instance_reference, instance_references
from registration.products.outcome import Outcome

KIND = Kind("registration", DeformableSpatialRegistrationStorage, "REG", "deformable registration", 9001)


def write_deformable(outcome: Outcome, stamp: Stamp, folder: Path, spacing_mm: float | None = None) -> list[Path]:
    """The object, one file; without a spacing its grid is the fixed scan's up to 64 MiB, else as fine as fits."""
    return [saved(deformable_registration(outcome, stamp, spacing_mm), folder)]


def deformable_registration(outcome: Outcome, stamp: Stamp, spacing_mm: float | None = None) -> Dataset:
    """The object with grid points `spacing_mm` apart, in memory. Another spacing makes another object."""
    sources = sources_of(outcome)
    name = KIND.name if spacing_mm is None else f"{KIND.name} {spacing_mm:g} mm"
    one = new_object(outcome, stamp, replace(KIND, name=name))
    one.update(content("DEFORMABLE", RESEARCH))
    one.update(common_instance_reference(sources.fixed, sources.moving))
    item = Dataset()
    item.SourceFrameOfReferenceUID = frame_of_reference(sources.moving)
    item.ReferencedImageSequence = instance_references(sources.moving.instances)
    item.FrameOfReferenceTransformationComment = RESEARCH
    item.RegistrationTypeCodeSequence = registration_type()
    item.PreDeformationMatrixRegistrationSequence = Sequence([matrix_item(IDENTITY)])
    item.PostDeformationMatrixRegistrationSequence = Sequence([matrix_item(IDENTITY)])
    item.DeformableRegistrationGridSequence = Sequence([grid_item(sampled(right_handed(outcome.field), spacing_mm))])
    one.DeformableRegistrationSequence = Sequence([item])
    return one


def grid_item(field: DisplacementField) -> Dataset:
    """A field on a right-handed grid as an item of the grid sequence: x fastest, planes last (C.20.3.1.3)."""
    item, grid = Dataset(), field.grid
    item.ImagePositionPatient = [decimal(v) for v in grid.origin_mm]
    item.ImageOrientationPatient = [decimal(v) for v in grid.axes[:, :2].T.ravel()]
    item.GridDimensions, item.GridResolution = list(grid.size), list(grid.spacing_mm)
    item.VectorGridData = np.ascontiguousarray(field.vectors_mm, "<f4").tobytes()
    return item
