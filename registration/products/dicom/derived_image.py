"""A slice of a warped scan becomes the modules of its image: where it lies, its pixels, what it was derived from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes

from registration.dicom.writing import decimal
from registration.geometry import Grid
from registration.products.dicom.modules import MANUFACTURER, software_version
from registration.products.dicom.references import coded, instance_references
from registration.products.dicom.storing import Storage
from registration.provenance import DicomSource

METHOD = "moving scan pulled through a deformable registration onto the fixed scan's grid, trilinear"


def image_plane(grid: Grid, index: int) -> Dataset:
    """Image Plane (PS3.3 C.7.6.2) of the slice `index` of a right-handed grid."""
    x, y, z = (decimal(v) for v in grid.spacing_mm)
    first = grid.index_to_mm((0, 0, index))
    one = Dataset()
    one.ImagePositionPatient = [decimal(v) for v in first]
    one.ImageOrientationPatient = [decimal(v) for v in grid.axes[:, :2].T.ravel()]
    one.PixelSpacing, one.SliceThickness, one.SpacingBetweenSlices = [y, x], z, z
    one.SliceLocation = decimal(float(first @ grid.axes[:, 2]))
    return one


def image_pixels(storage: Storage, values: NDArray[np.float32], modality: str) -> Dataset:
    """Image Pixel of one slice (y, x), with the way back to intensities; an MR image needs none where it is plain."""
    one = Dataset()
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.Rows, one.Columns = values.shape
    one.BitsAllocated = one.BitsStored = 16
    one.HighBit, one.PixelRepresentation = 15, 1
    if modality == "CT" or not storage.plain:
        one.RescaleSlope, one.RescaleIntercept = decimal(storage.slope), decimal(storage.intercept)
        one.RescaleType = "HU" if modality == "CT" else "US"
    one.PixelData = storage.stored(values).tobytes()
    return one


def derivation(sources: DicomSource) -> Dataset:
    """How the slice was made and of what (General Image, C.7.6.1); air around the moving scan has no source."""
    one = Dataset()
    one.DerivationDescription = f"{MANUFACTURER} {software_version()}: {METHOD}; research use only"
    one.DerivationCodeSequence = Sequence([coded(codes.cid7203.DeformedForRegistration)])
    if sources.instances:
        one.SourceImageSequence = instance_references(sources.instances)
        for item in one.SourceImageSequence:
            item.PurposeOfReferenceCodeSequence = Sequence([coded(codes.DCM.SourceImageForImageProcessingOperation)])
    return one
