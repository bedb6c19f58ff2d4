"""A label map on the fixed grid becomes a DICOM Segmentation of the fixed scan's study (PS3.3 A.51).

BINARY: one bit a voxel, frames without a voxel left out. Every viewer knows it; the Label Map Segmentation of 2024 is
still unknown to dcmtk 3.6 and to dciodvfy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import SegmentationStorage

from registration.errors import ScanError
from registration.geometry import Grid
from registration.products.dicom import codes
from registration.products.dicom.frames import NO_UID, completed, long_string, stand_ins
from registration.products.dicom.identity import Stamp, sources_of
from registration.products.dicom.modules import MANUFACTURER, RESEARCH, UTF8, Kind, new_object, saved
from registration.products.dicom.segments import Segment
from registration.products.outcome import Outcome
from registration.result import ModelIdentity
from registration.volume import Volume

KIND = Kind("segmentation", SegmentationStorage, "SEG", "labels of the moving scan", 9009)


def write_segmentation(
    outcome: Outcome, stamp: Stamp, folder: Path, labels: Volume, segments: Mapping[int, Segment] | None = None
) -> Path:
    """Write warped labels into `folder` as one Segmentation; its path.

    labels: whole numbers on the fixed scan's grid, above 0 where there is one; `segments` names them, an unnamed
    label n is called `Label n`. The same labels of one revision give the same instance. Raises `mask-grid-mismatch`
    for another grid, `mask-empty` where no voxel has a label, `no-dicom-source` when a scan did not come as DICOM.
    """
    source = sources_of(outcome).fixed
    if not labels.grid.same_place(outcome.field.grid):
        raise ScanError("mask-grid-mismatch", "The labels of a segmentation must lie on the fixed scan's grid.")
    numbers, present = _numbered(labels.values)
    if not present:
        raise ScanError("mask-empty", "The labels select no voxel of the fixed scan.")
    named = [(segments or {}).get(label, Segment(f"Label {label}")) for label in present]
    kind = replace(KIND, name=_name(numbers, named))
    image = completed(
        _image(numbers, labels.grid, named, outcome.stored.model), new_object(outcome, stamp, kind), source
    )
    if not image.get("Laterality"):
        image.pop("Laterality", None)  # of a part that is not known; its segments tell what they are
    if not all(one.name.isascii() for one in named):
        image.SpecificCharacterSet = UTF8
    return saved(image, folder)


def _numbered(values: NDArray[np.float32]) -> tuple[NDArray[np.uint16], list[int]]:
    """Labels numbered from 1 without gaps, as segments are, and the label of each number; slice by slice."""
    present = sorted({int(label) for plane in values for label in np.unique(np.rint(plane)) if label > 0})
    numbers = np.zeros(values.shape, np.uint16)
    for plane, out in zip(values, numbers, strict=True):
        out[:] = np.searchsorted([0, *present], np.rint(plane))
    return numbers, present


def _name(numbers: NDArray[np.uint16], segments: list[Segment]) -> str:
    """A name that follows from the content: other labels of the same revision are another object."""
    digest = hashlib.sha256(numbers.data)
    digest.update(repr(segments).encode())
    return f"{KIND.name} {digest.hexdigest()}"


def _image(
    numbers: NDArray[np.uint16], grid: Grid, segments: list[Segment], model: ModelIdentity
) -> hd.seg.Segmentation:
    """The Segmentation, its references still those to stand-ins."""
    return hd.seg.Segmentation(
        stand_ins(grid),
        numbers,
        "BINARY",
        [_description(number, one, model) for number, one in enumerate(segments, 1)],
        series_instance_uid=NO_UID,
        series_number=KIND.series_number,
        sop_instance_uid=NO_UID,
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=model.name,
        software_versions=model.version,
        device_serial_number=model.version,
        content_label="WARPED_LABELS",
        content_description=RESEARCH,
    )


def _description(number: int, segment: Segment, model: ModelIdentity) -> hd.seg.SegmentDescription:
    """Contours are drawn by others and carried over by the model, so they are neither manual nor automatic."""
    algorithm = hd.AlgorithmIdentificationSequence(model.name, codes.ARTIFICIAL_INTELLIGENCE, model.version)
    name = long_string(segment.name) or f"Segment {number}"
    one = hd.seg.SegmentDescription(number, name, segment.category, segment.type, "SEMIAUTOMATIC", algorithm)
    if segment.colour:
        one.RecommendedDisplayCIELabValue = list(segment.colour)
    return one
