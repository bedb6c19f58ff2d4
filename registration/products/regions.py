"""Regions of an RT Structure Set or Segmentation become a label map on their scan's grid, with what each is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registration.dicom.object_class import SEGMENTATIONS, STRUCTURE_SET, class_of
from registration.errors import ScanError
from registration.products.dicom.segments import Segment, segments_of
from registration.reading import read_mask
from registration.reading.kind import file_kind
from registration.reading.parts import part_numbers
from registration.volume import Volume

NOTHING = ("mask-part-unknown", "mask-empty")
"""Regions that enclose nothing, as isocentres do, or nothing of this scan: left out unless they are asked for."""


def holds_regions(path: Path) -> bool:
    """Whether a file is a DICOM object that describes regions."""
    return path.is_file() and file_kind(path) == "dicom" and class_of(path) in (STRUCTURE_SET, *SEGMENTATIONS)


def regions_as_labels(path: Path, scan: Volume, wanted: Sequence[str] = ()) -> tuple[Volume, dict[int, Segment]]:
    """Labels on the scan's grid, counting the regions of the file from 1, and what each label is called.

    wanted: names or numbers of regions; without them every region that encloses a voxel of the scan. Raises
    `mask-part-unknown`, `mask-empty`, `mask-grid-mismatch`, and `labels-invalid` where two regions overlap: a label map
    holds one label at each voxel.
    """
    known = segments_of(path)
    names = {number: one.name for number, one in known.items()}
    asked = [number for one in wanted for number in part_numbers(path.name, names, one)]
    labels = {number: label for label, number in enumerate(sorted(known), 1)}
    called = {labels[number]: one for number, one in known.items()}
    values = np.zeros(scan.grid.shape, np.float32)
    for number in dict.fromkeys(asked) or labels:
        inside = _inside(path, scan, number, must=bool(wanted))
        if values[inside].any():
            raise _overlap(path, called[int(values[inside].max())], known[number])
        values[inside] = labels[number]
    present = {int(label) for label in np.unique(values)} - {0}
    if not present:
        raise ScanError("mask-empty", f"{path.name}: no region encloses a voxel of the scan.")
    return Volume(values, scan.grid), {label: called[label] for label in sorted(present)}


def _inside(path: Path, scan: Volume, number: int, *, must: bool) -> NDArray[np.bool_]:
    """Voxels of a region; none where it encloses none and need not."""
    frame = scan.source.frame_of_reference_uid if scan.source else None
    try:
        return read_mask(path, scan.grid, str(number), frame_uid=frame).values > 0
    except ScanError as error:
        if must or error.code not in NOTHING:
            raise
        return np.zeros(scan.grid.shape, bool)


def _overlap(path: Path, one: Segment, other: Segment) -> ScanError:
    message = f"{path.name}: {one.name!r} and {other.name!r} overlap, but a label map holds one label at each voxel."
    return ScanError("labels-invalid", f"{message} Name the regions to carry.")
