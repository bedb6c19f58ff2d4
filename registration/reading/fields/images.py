"""An MHA, NRRD or NIfTI image of vectors becomes a field in LPS mm: each format with the meaning its writers give it.

MHA and NRRD: LPS, fixed to moving; 3D Slicer's NRRD may say `modeling`, which leads the other way. NIfTI: intent 1006
is RAS; 1007 is what ITK and ANTs write without turning the components, so LPS.
"""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk
from isal import igzip
from numpy.typing import NDArray

from registration.errors import FieldError
from registration.field.displacement import DisplacementField
from registration.reading.fields.file import FieldFile, always, vectors_file
from registration.reading.fields.parts import Inverted
from registration.reading.itk_image import grid_of, opened, voxels_of
from registration.reading.limits import ReadingLimits
from registration.reading.nifti import grid_of as nifti_grid
from registration.reading.nifti import open_image, unit_mm, values_of
from registration.reading.placement import check_size

SLICERS_KEY, MODELING = "displacement field type", "modeling"
DISPLACEMENT, VECTOR = 1006, 1007
RAS_TO_LPS = np.array([-1, -1, 1], np.float32)
AS_ITK = "vectors taken as LPS, as ITK and ANTs write them (intent 1007)"
TURNED_ROUND = "the file leads from moving to fixed points (modeling); it was inverted"


def read_itk_vectors(path: Path, kind: str, limits: ReadingLimits) -> FieldFile:
    """The field of an MHA, MHD or NRRD file of three real components."""
    with opened(path, kind) as reader:
        size, components = reader.GetSize(), reader.GetNumberOfComponents()
        if len(size) != 3 or components != 3:
            message = f"{path.name}: expected three axes and three components, got {size} and {components}"
            raise FieldError("field-unreadable", message)
        check_size(path.name, size, limits)
        modeling = reader.HasMetaDataKey(SLICERS_KEY) and reader.GetMetaData(SLICERS_KEY).strip().lower() == MODELING
        image = voxels_of(path, reader)
    grid, notes = grid_of(path, image)
    field = DisplacementField(np.asarray(sitk.GetArrayFromImage(image), np.float32), grid)
    if not modeling:
        return vectors_file(kind, field, notes)
    return FieldFile(kind, grid.size, grid, always(Inverted(field)), (*notes, TURNED_ROUND))


def read_nifti_vectors(path: Path, kind: str, limits: ReadingLimits) -> FieldFile:
    """The field of a NIfTI file of shape (X, Y, Z, 1, 3)."""
    with path.open("rb") as plain, igzip.open(plain) if kind == "nifti-gz" else plain as file:
        image = open_image(path, file)
        x, y, z = _size(path, image)
        turn, notes = _meaning(path, image.header)
        check_size(path.name, (x, y, z), limits)
        values = values_of(path, image).reshape(x, y, z, 3)
    grid, more = nifti_grid(path, (x, y, z), image.header)
    vectors = values.transpose(2, 1, 0, 3) * (turn * np.float32(unit_mm(image.header)))
    return vectors_file("nifti", DisplacementField(np.ascontiguousarray(vectors), grid), (*notes, *more))


def _size(path: Path, image: nib.Nifti1Image) -> tuple[int, int, int]:
    shape = tuple(int(n) for n in image.shape)
    if len(shape) != 5 or shape[3:] != (1, 3) or image.get_data_dtype().kind != "f":
        message = f"{path.name}: a field is (x, y, z, 1, 3) real numbers, got {shape} of {image.get_data_dtype()}"
        raise FieldError("field-unreadable", message)
    return shape[0], shape[1], shape[2]


def _meaning(path: Path, header: nib.Nifti1Header) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """What turns the file's components into LPS, and a note. NiftyReg keeps positions under the vector's code."""
    code, _, name = header.get_intent("code")
    if code == DISPLACEMENT:
        return RAS_TO_LPS, ()
    if code == VECTOR and not name.startswith("NREG"):
        return np.ones(3, np.float32), (AS_ITK,)
    message = f"{path.name}: expected intent 1006 (RAS displacements) or 1007 (LPS, as ITK writes), got {code} {name!r}"
    raise FieldError("field-unreadable", f"{message}; what its vectors mean is not known")
