"""Where a scan came from, as DICOM tells it: what objects derived from the scan repeat and refer to.

Patient data: it stays with the stored scan and goes into DICOM objects, never into logs, reports or messages.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

STUDY, SERIES, FRAME_OF_REFERENCE = "0020000D", "0020000E", "00200052"
PATIENT_ID, ISSUER = "00100020", "00100021"


@dataclass(frozen=True)
class SourceInstance:
    """The SOP instance that holds one slice; `frame` counts from 1 in a multi-frame image, None in a plain one."""

    class_uid: str
    instance_uid: str
    frame: int | None = None


@dataclass(frozen=True)
class DicomSource:
    """The series behind a volume.

    header: attributes of its first instance without pixels, private or bulky ones, in the DICOM JSON model
    (PS3.18 Annex F). instances: one for each slice of the volume, in the order of its z index; more than one slice may
    name the same multi-frame instance, and a slice that was interpolated names the nearest instance.
    """

    header: dict[str, Any] = field(repr=False)
    instances: tuple[SourceInstance, ...] = field(repr=False)

    @property
    def study_uid(self) -> str | None:
        """StudyInstanceUID."""
        return self.first(STUDY)

    @property
    def series_uid(self) -> str | None:
        """SeriesInstanceUID."""
        return self.first(SERIES)

    @property
    def frame_of_reference_uid(self) -> str | None:
        """FrameOfReferenceUID."""
        return self.first(FRAME_OF_REFERENCE)

    @property
    def patient(self) -> tuple[str, str]:
        """PatientID and its issuer, each empty where it is not known: to be compared, never shown."""
        return self.first(PATIENT_ID) or "", self.first(ISSUER) or ""

    def first(self, tag: str) -> str | None:
        """The first value of an attribute of the header, as text; `tag` is eight hexadecimal digits."""
        values = self.header.get(tag, {}).get("Value") or []
        return str(values[0]) if values else None

    def to_json(self) -> str:
        """The source as `source_from_json` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def source_from_json(text: str) -> DicomSource:
    """The source that `to_json` wrote."""
    values = json.loads(text)
    return DicomSource(values["header"], tuple(SourceInstance(**one) for one in values["instances"]))
