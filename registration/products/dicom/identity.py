"""A revision of a result becomes the UIDs and dates of its DICOM objects: made twice, they are the same objects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pydicom.uid import UID, generate_uid

from registration.errors import MethodError
from registration.plain import json_text
from registration.products.outcome import Outcome
from registration.provenance import DicomSource
from registration.volume import Volume

ORIGINAL = "original"
"""The revision without corrections."""


@dataclass(frozen=True)
class Stamp:
    """What names the objects of one revision of one result, so that exporting it twice duplicates nothing.

    result: the identity of the result. revision: the tag of its correction set. made_at: when that revision was made,
    with a time zone; the content date of every object.
    """

    result: str
    revision: str
    made_at: datetime

    def series_uid(self, name: str) -> UID:
        """SeriesInstanceUID of the object `name`."""
        return self._uid("series", name)

    def instance_uid(self, name: str, index: int = 0) -> UID:
        """SOPInstanceUID of the instance `index` of the object `name`."""
        return self._uid("instance", name, str(index))

    def _uid(self, *parts: str) -> UID:
        return generate_uid(entropy_srcs=["\n".join(("kernelreg", self.result, self.revision, *parts))])


def stamp_of(outcome: Outcome) -> Stamp:
    """The stamp of a result folder: the identity it was stored with, and its correction set as the revision."""
    manifest, corrections = outcome.stored.manifest, outcome.corrections
    text = json_text(corrections.to_json()).encode()
    revision = hashlib.sha256(text).hexdigest() if len(corrections) else ORIGINAL
    return Stamp(manifest["identity"], revision, datetime.fromisoformat(manifest["made_at"]))


@dataclass(frozen=True)
class Sources:
    """The DICOM series of both scans."""

    fixed: DicomSource
    moving: DicomSource


def sources_of(outcome: Outcome) -> Sources:
    """Where both scans of a result came from. Raises `no-dicom-source` when one of them did not come as DICOM."""
    return require_sources(outcome.stored.fixed, outcome.stored.moving)


def require_sources(fixed: Volume, moving: Volume) -> Sources:
    """Where two scans came from. Raises `no-dicom-source` when one of them did not come as DICOM."""
    if fixed.source is None or moving.source is None:
        missing = " and ".join(name for name, one in (("fixed", fixed), ("moving", moving)) if one.source is None)
        message = f"DICOM objects refer to the series of both scans; the {missing} scan did not come as DICOM."
        raise MethodError("no-dicom-source", message)
    return Sources(fixed.source, moving.source)


def frame_of_reference(source: DicomSource) -> UID:
    """The frame of reference of a series; where it names none, one that follows from the series and no other has."""
    named = source.frame_of_reference_uid
    return UID(named) if named else generate_uid(entropy_srcs=[f"kernelreg\nframe of reference\n{source.series_uid}"])


def study_of(source: DicomSource) -> UID:
    """The study of a series; where it names none, one that follows from the series."""
    named = source.study_uid
    return UID(named) if named else generate_uid(entropy_srcs=[f"kernelreg\nstudy\n{source.series_uid}"])
