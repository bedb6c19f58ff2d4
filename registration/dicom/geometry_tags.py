"""Position, orientation and pixel spacing of a header become numbers, or an objection that names what is missing."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from registration.dicom.identifiers import of_instance
from registration.errors import ScanError
from registration.geometry.grid import Floats

LARGEST_COSINE = 1.01
"""Headers round; what is larger is no cosine, and its square may be no number."""

FrameGeometry = tuple[Floats, Floats, Floats, tuple[float, float]]


def frame_geometry(name: str, header: Dataset) -> FrameGeometry:
    """Position (3,), row direction (3,), column direction (3,) and pixel spacing (along row, along column), mm."""
    position = _numbers(name, header, "ImagePositionPatient", 3)
    orientation = _numbers(name, header, "ImageOrientationPatient", 6)
    if np.abs(orientation).max() > LARGEST_COSINE:
        raise _objection(
            name, header, f"ImageOrientationPatient must hold direction cosines, got {orientation.tolist()}"
        )
    down, across = _numbers(name, header, "PixelSpacing", 2)  # DICOM gives the distance between rows first
    if min(down, across) <= 0:
        raise _objection(name, header, f"PixelSpacing must be positive, got {down} x {across} mm")
    return position, orientation[:3], orientation[3:], (float(across), float(down))


def float_of(header: Dataset, keyword: str, default: float) -> float:
    """One number of the header, or the default when the element is absent or empty."""
    value = header.get(keyword)
    return default if value is None or value == "" else float(value)


def _numbers(name: str, header: Dataset, keyword: str, count: int) -> Floats:
    value = header.get(keyword)
    try:
        numbers = np.asarray([float(v) for v in value or []], np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        got = numbers.tolist() if numbers.size in (2, 3, 6) else "none or something else"
        raise _objection(name, header, f"{keyword} must hold {count} finite numbers, got {got}")
    return numbers


def _objection(name: str, header: Dataset, what: str) -> ScanError:
    where, details = of_instance(name, header)
    return ScanError("series-geometry-missing", f"{where}: {what}", **details)
