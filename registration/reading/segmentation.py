"""A segment of a DICOM Segmentation (PS3.3 A.51) becomes a mask on a scan's grid, voxel for voxel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from registration.dicom.decoding import stored_values
from registration.dicom.functional_groups import flat_headers
from registration.dicom.geometry_tags import frame_geometry
from registration.dicom.identifiers import uid_of
from registration.dicom.opening import objecting_to_damage, open_dataset
from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading.limits import DEFAULT_LIMITS
from registration.reading.parts import part_numbers, require_frame, shown_name

TAGS = (
    "SOPClassUID", "SOPInstanceUID", "FrameOfReferenceUID", "Rows", "Columns", "NumberOfFrames", "SegmentSequence",
    "SegmentationType", "MaximumFractionalValue", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
ROUNDING_VOXELS = 0.05
"""How far a pixel may lie from the voxel that it is."""


def segment_mask(path: Path, grid: Grid, part: str | None, frame_uid: str | None) -> NDArray[np.bool_]:
    """Voxels (z, y, x) of the segment called `part`, or of that number; of fractional ones those at least half in.

    Slices without a frame are empty. Raises `mask-part-unknown`, and `mask-grid-mismatch` where the segmentation lies
    on other voxels than the scan's, or in another frame of reference than `frame_uid`.
    """
    with objecting_to_damage(path.name):
        header = open_dataset(path, TAGS)
        require_frame(path.name, uid_of(header, "FrameOfReferenceUID"), frame_uid)
        segments = {int(one.SegmentNumber): shown_name(one.SegmentLabel) for one in header.get("SegmentSequence") or []}
        wanted = part_numbers(path.name, segments, part)
        frames = flat_headers(path.name, header)
        _require_few(path.name, header)
        mask = np.zeros(grid.shape, bool)
        for frame, pixels in zip(frames, stored_values(path), strict=True):
            _paint(mask, grid, path.name, frame, _selected(header, frame, pixels, wanted))
        return mask


def _require_few(name: str, header: Dataset) -> None:
    voxels = int(header.Rows) * int(header.Columns) * int(header.NumberOfFrames or 1)
    if voxels > DEFAULT_LIMITS.voxels:
        raise ScanError("scan-unreadable", f"{name}: {voxels} voxels, accepted are {DEFAULT_LIMITS.voxels} in all")


def _selected(header: Dataset, frame: Dataset, pixels: NDArray[np.number], wanted: list[int]) -> NDArray[np.bool_]:
    """Pixels of a frame that belong to one of the segments."""
    if header.get("SegmentationType") == "LABELMAP":
        return np.isin(pixels, wanted)
    if int(frame.ReferencedSegmentNumber) not in wanted:
        return np.zeros(pixels.shape, bool)
    fractional = header.get("SegmentationType") == "FRACTIONAL"
    return np.asarray(2 * pixels.astype(int) >= int(header.MaximumFractionalValue) if fractional else pixels > 0)


def _paint(mask: NDArray[np.bool_], grid: Grid, name: str, frame: Dataset, pixels: NDArray[np.bool_]) -> None:
    """Sets the voxels on which the pixels (rows, columns) of a frame lie."""
    rows, columns = np.nonzero(pixels)
    if not len(rows):
        return
    position, along_row, along_column, (across, down) = frame_geometry(name, frame)
    corner = grid.mm_to_index(position)
    right, below = (grid.mm_to_index(position + step) - corner for step in (across * along_row, down * along_column))
    found = corner + columns[:, None] * right + rows[:, None] * below
    index = np.rint(found).astype(int)
    unit = all(np.abs(np.sort(np.abs(step)) - (0, 0, 1)).max() < ROUNDING_VOXELS / 10 for step in (right, below))
    inside = ((index >= 0) & (index < grid.size)).all()
    if not (unit and inside and np.abs(found - index).max() < ROUNDING_VOXELS):
        size = " x ".join(map(str, grid.size))
        raise ScanError("mask-grid-mismatch", f"{name} does not lie on the {size} voxels of its scan")
    mask[index[:, 2], index[:, 1], index[:, 0]] = True
