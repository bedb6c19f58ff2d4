"""What a DICOM file holds, by its SOP class: enough to send it to the right reader."""

from __future__ import annotations

from pathlib import Path

from registration.dicom.identifiers import uid_of
from registration.dicom.opening import objecting_to_damage, open_dataset

STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation and Label Map Segmentation."""


def class_of(path: Path) -> str:
    """The SOP class of a DICOM file; empty where it names none. Raises `ScanError` for damaged or unsafe files."""
    with objecting_to_damage(path.name):
        return uid_of(open_dataset(path, ("SOPClassUID",)), "SOPClassUID")
