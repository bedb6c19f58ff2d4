"""A region of interest of an RT Structure Set (PS3.3 A.19) becomes a mask on a scan's grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from registration.dicom.identifiers import uid_of
from registration.dicom.opening import objecting_to_damage, open_dataset
from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.reading.contours import filled
from registration.reading.parts import part_numbers, require_frame, shown_name

TAGS = ("StructureSetROISequence", "ROIContourSequence", "SOPClassUID")
CONTOUR_DATA = 0x30060050
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


def structure_mask(path: Path, grid: Grid, part: str | None, frame_uid: str | None) -> NDArray[np.bool_]:
    """Voxels (z, y, x) inside the region called `part`, or of that number.

    frame_uid: the frame of reference of the scan, to which the region must belong where both name one. Raises
    `mask-part-unknown`, `mask-grid-mismatch`, and what damaged files raise.
    """
    with objecting_to_damage(path.name):
        header = open_dataset(path, TAGS)
        regions = {int(one.ROINumber): one for one in header.get("StructureSetROISequence") or []}
        contours = {int(one.ReferencedROINumber): one for one in header.get("ROIContourSequence") or []}
        names = {n: shown_name(one.get("ROIName")) for n, one in regions.items() if _closed(contours.get(n))}
        mask = np.zeros(grid.shape, bool)
        for number in part_numbers(path.name, names, part):
            require_frame(path.name, uid_of(regions[number], "ReferencedFrameOfReferenceUID"), frame_uid)
            mask |= filled([_points(path.name, one) for one in _closed(contours[number])], grid)
        return mask


def _closed(region: Dataset | None) -> Sequence[Dataset]:
    """The contours of a region that enclose something; points and open lines are none."""
    found: Iterator[Dataset] = iter((region.get("ContourSequence") if region else None) or [])
    return [one for one in found if one.get("ContourGeometricType") in CLOSED]


def _points(name: str, contour: Dataset) -> Floats:
    """The points (N, 3) mm of a contour, from its text at once: as single values they would take seconds."""
    raw = contour.get_item(CONTOUR_DATA)
    text = raw.value if raw is not None and isinstance(raw.value, bytes) else b""
    numbers = np.array([float(one) for one in text.decode("ascii").split("\\")], np.float64)
    if len(numbers) != 3 * int(contour.NumberOfContourPoints) or not np.isfinite(numbers).all():
        wanted = 3 * int(contour.NumberOfContourPoints)
        raise ScanError("scan-truncated", f"{name}: a contour of {wanted} finite numbers expected, got {len(numbers)}")
    return numbers.reshape(-1, 3)
