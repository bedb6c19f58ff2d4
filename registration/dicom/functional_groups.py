"""Enhanced multi-frame images become plain frames: each frame's functional groups are laid over the header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset

from registration.dicom.frame import Frame
from registration.dicom.identifiers import of_instance
from registration.errors import ScanError

GROUPS = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "FrameContentSequence",
    "TemporalPositionSequence",
    "CardiacSynchronizationSequence",
    "MREchoSequence",
    "MRDiffusionSequence",
)
"""The functional groups whose attributes a plain image keeps in its own header."""


def enhanced_frames(path: Path, header: Dataset, make_frame: Callable[[Path, Dataset, int], Frame]) -> list[Frame]:
    """Every frame of a multi-frame image, with the groups shared by all frames and those of its own."""
    count = int(header.NumberOfFrames or 1)
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    if count == 1 and not own:
        return [make_frame(path, header, 0)]
    if len(own) != count:
        where, details = of_instance(path.name, header)
        message = f"{where}: {count} frames, but {len(own)} of them say where they lie"
        raise ScanError("series-geometry-missing", message, **details)
    shared = header.get("SharedFunctionalGroupsSequence") or [Dataset()]
    return [make_frame(path, _flat(header, shared[0], own[i]), i) for i in range(count)]


def _flat(header: Dataset, *groups: Dataset) -> Dataset:
    """A header as a plain image would have it: later groups win over earlier ones."""
    flat = Dataset()
    flat.update({element.tag: element for element in header if element.VR != "SQ"})
    for group in groups:
        for item in (group[name][0] for name in GROUPS if group.get(name)):
            flat.update({element.tag: element for element in item})
    return flat
