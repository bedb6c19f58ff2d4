"""Homogeneous matrices become items of a registration's sequences (PS3.3 C.20.2.1.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes

from registration.dicom.writing import decimal
from registration.geometry.orthonormal import orthonormal_deviation
from registration.products.dicom.references import coded

Floats = NDArray[np.float64]
IDENTITY: Floats = np.eye(4)
RIGID_TOLERANCE = 1e-6


def matrix_item(matrix: Floats) -> Dataset:
    """A (4, 4) matrix in mm, row by row, with its type."""
    item = Dataset()
    item.FrameOfReferenceTransformationMatrixType = matrix_type(matrix)
    item.FrameOfReferenceTransformationMatrix = [decimal(v) for v in matrix.ravel()]
    return item


def matrix_type(matrix: Floats) -> str:
    """RIGID where it keeps distances and handedness, else AFFINE."""
    turn = matrix[:3, :3]
    rigid = orthonormal_deviation(turn) <= RIGID_TOLERANCE and float(np.linalg.det(turn)) > 0
    return "RIGID" if rigid else "AFFINE"


def registration_type() -> Sequence:
    """The code of what both registrations are: aligned by what the images show (context group 7100)."""
    return Sequence([coded(codes.cid7100.ImageContentBasedAlignment)])
