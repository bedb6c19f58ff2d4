"""What became of each instance that was sent to an archive, whichever way it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pydicom

DUPLICATE = 0x0111
"""Duplicate SOP instance (PS3.7 C.5.6): the archive has it already."""
PROCESSING_FAILURE, OUT_OF_RESOURCES = 0x0110, range(0xA700, 0xA800)
NO_WORD = 0xFFFF
"""Ours: the archive did not say what became of the instance."""
IDENTITY = ("StudyInstanceUID", "SeriesInstanceUID")


class Status(StrEnum):
    """How an instance fared."""

    STORED = "stored"
    ALREADY = "already"
    FAILED = "failed"


@dataclass(frozen=True)
class Instance:
    """One file to be sent, and what it says it is."""

    path: Path
    class_uid: str
    instance_uid: str
    study_uid: str
    series_uid: str
    syntax_uid: str
    bytes: int


@dataclass(frozen=True)
class Outcome:
    """What an archive said of one instance; `reason` is its failure reason or DIMSE status (PS3.7 C, PS3.4 B.2.3)."""

    instance: Instance
    status: Status
    reason: int | None = None

    @property
    def passing(self) -> bool:
        """Whether sending it again, later, may help: the archive was short of something, or said nothing."""
        known = self.reason in (PROCESSING_FAILURE, NO_WORD) or self.reason in OUT_OF_RESOURCES
        return self.status is Status.FAILED and known


def instance_of(path: Path) -> Instance:
    """What a DICOM file is, by its header alone."""
    header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(IDENTITY))
    meta = header.file_meta
    return Instance(
        path,
        str(meta.MediaStorageSOPClassUID),
        str(meta.MediaStorageSOPInstanceUID),
        str(header.StudyInstanceUID),
        str(header.SeriesInstanceUID),
        str(meta.TransferSyntaxUID),
        path.stat().st_size,
    )
