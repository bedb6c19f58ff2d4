"""Position, orientation and pixel spacing of a header become numbers, or an objection that names what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from registration.errors import ScanError
from registration.geometry.grid import Floats

LARGEST_COSINE = 1.01
"""Headers round; what is larger is no cosine, and its square may be no number."""

FrameGeometry = tuple[Floats, Floats, Floats, tuple[float, float]]


def frame_geometry(path: Path, header: Dataset) -> FrameGeometry:
    """Position (3,), row direction (3,), column direction (3,) and pixel spacing (along row, along column), mm."""
    position = _numbers(path, header, "ImagePositionPatient", 3)
    orientation = _numbers(path, header, "ImageOrientationPatient", 6)
    if np.abs(orientation).max() > LARGEST_COSINE:
        message = f"{path.name}: ImageOrientationPatient must hold direction cosines, got {orientation.tolist()}"
        raise ScanError("series-geometry-missing", message)
    down, across = _numbers(path, header, "PixelSpacing", 2)  # DICOM gives the distance between rows first
    if min(down, across) <= 0:
        raise ScanError(
            "series-geometry-missing", f"{path.name}: PixelSpacing must be positive, got {down} x {across} mm"
        )
    return position, orientation[:3], orientation[3:], (float(across), float(down))


def float_of(header: Dataset, keyword: str, default: float) -> float:
    """One number of the header, or the default when the element is absent or empty."""
    value = header.get(keyword)
    return default if value is None or value == "" else float(value)


def _numbers(path: Path, header: Dataset, keyword: str, count: int) -> Floats:
    value = header.get(keyword)
    try:
        numbers = np.asarray([float(v) for v in value or []], np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ScanError(
            "series-geometry-missing", f"{path.name}: {keyword} must hold {count} finite numbers, got {value}"
        )
    return numbers
