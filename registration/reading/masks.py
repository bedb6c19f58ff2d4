"""A mask file, an image or a DICOM object that describes regions, becomes a label volume on its scan's grid."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registration.dicom.object_class import SEGMENTATIONS, STRUCTURE_SET, class_of
from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading.collecting import collected
from registration.reading.kind import file_kind
from registration.reading.limits import ReadingLimits
from registration.reading.scan import read_scan
from registration.reading.segmentation import segment_mask
from registration.reading.structures import structure_mask
from registration.volume import Volume


def read_mask(
    path: Path, grid: Grid, part: str | None = None, *, frame_uid: str | None = None, voxels_file: Path | None = None
) -> Volume:
    """The labels in a mask file, on exactly the voxels of `grid`: an image, an RT Structure Set or a Segmentation.

    `part` names the region or segment of the latter two (or gives its number), `frame_uid` the scan's frame of
    reference, to which they must belong. Contours are filled on the grid. Axes of an image that are stored in another
    order or direction are put in the scan's, which loses nothing; one on other voxels is refused: resampling labels is
    the caller's decision. voxels_file: where the voxels are written as a `.npy`; None keeps them in memory. Raises
    `mask-part-unknown`, `mask-grid-mismatch`, `mask-empty`, and what reading raises.
    """
    region = _object_mask(path, grid, part, frame_uid)
    values = _image_mask(path, grid) if region is None else region
    if not values.any():
        raise ScanError("mask-empty", f"{path.name} selects no voxel")
    slices = ((z, one.astype(np.float32, copy=False)) for z, one in enumerate(values))
    return Volume(collected(slices, grid.shape, voxels_file)[0], grid)


def _object_mask(path: Path, grid: Grid, part: str | None, frame_uid: str | None) -> NDArray[np.bool_] | None:
    """The mask in a DICOM object made to hold one; None for anything else."""
    if not path.is_file() or file_kind(path) != "dicom":
        return None
    found = class_of(path)
    if found == STRUCTURE_SET:
        return structure_mask(path, grid, part, frame_uid)
    return segment_mask(path, grid, part, frame_uid) if found in SEGMENTATIONS else None


def _image_mask(path: Path, grid: Grid) -> NDArray[np.float32]:
    mask = read_scan(path, limits=ReadingLimits(smallest_axis=1)).volume
    turned = next((m for m in _turns(mask) if m.grid.same_place(grid)), None)
    if turned is None:
        message = f"{path.name} must lie on its scan's grid: expected {_text(grid)}, got {_text(mask.grid)}"
        raise ScanError("mask-grid-mismatch", message)
    return turned.values


def _turns(volume: Volume) -> list[Volume]:
    """The same voxels with their axes in every order and direction, as views."""
    return [_turned(volume, order, flips) for order in permutations(range(3)) for flips in product((1, -1), repeat=3)]


def _turned(volume: Volume, order: tuple[int, ...], flips: tuple[int, ...]) -> Volume:
    """Axis `order[i]` (x, y, z counting) becomes axis i, walked backwards where `flips[i]` is -1."""
    grid = volume.grid
    first = [grid.size[order[i]] - 1 if flips[i] < 0 else 0 for i in range(3)]
    start = np.zeros(3)
    start[list(order)] = first
    axes = grid.axes[:, list(order)] * np.asarray(flips)
    x, y, z = (float(v) for v in grid.index_to_mm(start))
    size = (grid.size[order[0]], grid.size[order[1]], grid.size[order[2]])
    spacing = (grid.spacing_mm[order[0]], grid.spacing_mm[order[1]], grid.spacing_mm[order[2]])
    direction = tuple((float(a), float(b), float(c)) for a, b, c in axes)
    values = volume.values.transpose([2 - order[i] for i in (2, 1, 0)])[:: flips[2], :: flips[1], :: flips[0]]
    return Volume(values, Grid(size, spacing, (x, y, z), direction))


def _text(grid: Grid) -> str:
    size = " x ".join(map(str, grid.size))
    spacing = " x ".join(f"{v:.3f}" for v in grid.spacing_mm)
    origin = ", ".join(f"{v:.2f}" for v in grid.origin_mm)
    return f"{size} voxels of {spacing} mm from ({origin})"
