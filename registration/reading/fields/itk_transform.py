"""An ITK transform in HDF5 becomes maps: displacement fields and linear transforms, alone or composed.

A composite applies its last transform first (ITK, CompositeTransform). uniGradICON and 3D Slicer write such files.
"""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import SimpleITK as sitk

from registration.errors import FieldError
from registration.field.displacement import DisplacementField
from registration.reading.fields.file import FieldFile, always
from registration.reading.fields.parts import Linear, Part, Sampled
from registration.reading.itk_image import grid_of
from registration.reading.limits import ReadingLimits


def read_itk_transform(path: Path, limits: ReadingLimits) -> FieldFile:
    """The maps of a transform file whose parts are all linear or displacement fields."""
    _check_amount(path, limits)
    try:
        transform = sitk.ReadTransform(str(path))
    except RuntimeError as error:
        raise FieldError("field-damaged", f"{path.name}: ITK cannot read the transform in this HDF5 file") from error
    parts: list[Part] = []
    notes: list[str] = []
    for one in _in_order(transform):
        part, said = _part(path, one)
        parts.append(part)
        notes += said
    fields = [part.field for part in parts if isinstance(part, Sampled)]
    if len(parts) > 1:
        notes.append(f"{len(parts)} transforms, {len(fields)} of them fields, were composed into one field")
    grid = fields[0].grid if fields else None
    return FieldFile("transform", grid.size if grid else None, grid, always(*parts), tuple(notes))


def _check_amount(path: Path, limits: ReadingLimits) -> None:
    """Objects to more numbers than a field may have, before they are unpacked, and to fields that miss some."""
    try:
        with h5py.File(path, "r") as file:
            group = file.get("TransformGroup")
            if not isinstance(group, h5py.Group):
                raise FieldError("field-unreadable", f"{path.name}: the HDF5 file holds no ITK transform")
            shapes = [_parameters(one) for one in group.values() if isinstance(one, h5py.Group)]
    except (OSError, RuntimeError, KeyError) as error:
        raise FieldError("field-damaged", f"{path.name}: the HDF5 file is damaged or cut short") from error
    if sum(count for count, _ in shapes) > 3 * limits.voxels:
        raise FieldError("field-unreadable", f"{path.name}: more numbers than {limits.voxels} vectors have")
    if any(voxels is not None and count != 3 * voxels for count, voxels in shapes):
        raise FieldError("field-damaged", f"{path.name}: a field has not three numbers for each of its voxels")


def _parameters(group: h5py.Group) -> tuple[int, float | None]:
    """How many numbers a transform has, and how many voxels where it is a field. ITK used to misspell the names."""
    found = {name.replace("Tranform", "Transform"): one for name, one in group.items() if isinstance(one, h5py.Dataset)}
    numbers, fixed = found.get("TransformParameters"), found.get("TransformFixedParameters")
    count = int(math.prod(numbers.shape)) if numbers is not None else 0
    if fixed is None or math.prod(fixed.shape) != 18:  # size, origin, spacing, direction: a field
        return count, None
    return count, float(np.prod(fixed[:3]))


def _in_order(transform: sitk.Transform) -> list[sitk.Transform]:
    """The transforms in the order in which a point passes them."""
    if transform.GetTransformEnum() != sitk.sitkComposite:
        return [transform]
    composite = sitk.CompositeTransform(transform)
    composite.FlattenTransform()
    return [composite.GetNthTransform(n) for n in reversed(range(composite.GetNumberOfTransforms()))]


def _part(path: Path, transform: sitk.Transform) -> tuple[Part, tuple[str, ...]]:
    if transform.GetDimension() != 3:
        raise FieldError("field-unreadable", f"{path.name}: expected transforms of three dimensions")
    if transform.GetTransformEnum() == sitk.sitkDisplacementField:
        image = sitk.DisplacementFieldTransform(transform).GetDisplacementField()
        grid, notes = grid_of(path, image)
        return Sampled(DisplacementField(sitk.GetArrayFromImage(image).astype(np.float32), grid)), notes
    if not transform.IsLinear():
        message = f"{path.name} holds a {transform.GetName()}; export it as a displacement field"
        raise FieldError("field-unreadable", message)
    shift, *ends = np.array([transform.TransformPoint(p) for p in [(0.0, 0.0, 0.0), *np.eye(3).tolist()]])
    return Linear((np.array(ends) - shift).T, shift), ()
