"""A file's content says which kind of displacement field it holds, if any; its name is not trusted."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import SimpleITK as sitk
from isal import igzip

from registration.dicom.object_class import class_of
from registration.errors import ScanError
from registration.reading.itk_image import opened
from registration.reading.kind import file_kind
from registration.reading.nifti import open_image

HDF5 = b"\x89HDF\r\n\x1a\n"
REAL_VECTORS = (sitk.sitkVectorFloat32, sitk.sitkVectorFloat64)
DEFORMABLE_SPATIAL_REGISTRATION = "1.2.840.10008.5.1.4.1.1.66.3"
DAMAGED_ZIP = (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error)
"""What a damaged zip raises when its list of files is read."""


def field_kind(path: Path) -> str | None:
    """`transform`, `learn2reg`, or what `file_kind` calls an image or DICOM; None for what holds no fields."""
    with path.open("rb") as file:
        if file.read(len(HDF5)) == HDF5:
            return "transform"
    kind = file_kind(path)
    if kind == "zip":
        return "learn2reg" if _only_arrays(path) else None
    return kind


def holds_field(path: Path) -> bool:
    """Whether a file holds vectors where a scan would hold intensities. False too for what cannot be read at all."""
    try:
        kind = field_kind(path)
        if kind in ("mha", "nrrd"):
            with opened(path, kind) as reader:
                return len(reader.GetSize()) == 3 and reader.GetPixelID() in REAL_VECTORS
        if kind in ("nifti", "nifti-gz"):
            return _five_axes(path, kind)
        if kind == "dicom":
            return class_of(path) == DEFORMABLE_SPATIAL_REGISTRATION
    except (ScanError, OSError):
        return False
    return kind in ("transform", "learn2reg")


def _only_arrays(path: Path) -> bool:
    """Whether a zip is what numpy calls npz."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except DAMAGED_ZIP:
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def _five_axes(path: Path, kind: str) -> bool:
    """Whether a NIfTI file holds three numbers for each voxel, along its fifth axis."""
    with path.open("rb") as plain, igzip.open(plain) if kind == "nifti-gz" else plain as file:
        return tuple(open_image(path, file).shape)[3:] == (1, 3)
