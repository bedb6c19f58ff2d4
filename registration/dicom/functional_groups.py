"""The header of a multi-frame object becomes one plain header per frame: functional groups are laid over it."""

from __future__ import annotations

from pydicom.dataset import Dataset

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
    "SegmentIdentificationSequence",
)
"""The functional groups whose attributes a plain image keeps in its own header."""
MOST_FRAMES = 20_000
"""Frames of one object: ten times a whole body."""


def flat_headers(name: str, header: Dataset) -> list[Dataset]:
    """One header for each frame of a multi-frame object: the groups shared by all frames, and above them its own."""
    count = int(header.NumberOfFrames or 1)
    if count > MOST_FRAMES:
        raise ScanError("scan-unreadable", f"{name}: {count} frames, accepted are {MOST_FRAMES}")
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    if count == 1 and not own:
        return [header]
    if len(own) != count:
        where, details = of_instance(name, header)
        message = f"{where}: {count} frames, but {len(own)} of them say where they lie"
        raise ScanError("series-geometry-missing", message, **details)
    shared = header.get("SharedFunctionalGroupsSequence") or [Dataset()]
    return [_flat(header, shared[0], own[i]) for i in range(count)]


def _flat(header: Dataset, *groups: Dataset) -> Dataset:
    """A header as a plain image would have it: later groups win over earlier ones."""
    flat = Dataset()
    flat.update({element.tag: element for element in header if element.VR != "SQ"})
    for group in groups:
        for item in (group[name][0] for name in GROUPS if group.get(name)):
            flat.update({element.tag: element for element in item})
    return flat
