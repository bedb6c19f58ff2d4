"""The header of a series in the DICOM JSON model (PS3.18 F) -> what one looks at to choose a series."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from registration.pairing.patients import Patient

Header = Mapping[str, Any]
PLANES = ("sagittal", "coronal", "axial")
ALONG_AXIS = 0.8
"""Cosine between the slices' normal and a patient axis from which on a series lies in that axis' plane."""
ROWS = "00280010"
"""Only headers of instances have rows; answers about series have not, and say little about what they leave out."""


@dataclass(frozen=True)
class SeriesSummary:
    """A series in a few words. `name` is whatever the caller calls it; None and empty text mean not known.

    thickness_mm: of a slice, or the distance between slices where that is larger. contrast: whether an agent was given.
    acquired: date and time as DICOM writes them, so that text sorts as time. description and patient are compared,
    never shown.
    """

    name: str
    modality: str = ""
    image_type: tuple[str, ...] = ()
    slices: int | None = None
    thickness_mm: float | None = None
    plane: str | None = None
    kernel: str = ""
    contrast: bool | None = None
    body_part: str = ""
    frame_of_reference_uid: str = ""
    acquired: str = ""
    description: str = field(default="", repr=False)
    patient: Patient = field(default=("", ""), repr=False)

    @property
    def coverage_mm(self) -> float | None:
        """About how far the slices reach."""
        return self.slices * self.thickness_mm if self.slices and self.thickness_mm else None


def summary_of(name: str, header: Header, *, slices: int | None = None) -> SeriesSummary:
    """The summary of a series from the header of one of its instances, or from an answer about the series.

    `slices` is used where it is known better than from the header."""
    return SeriesSummary(
        name=name,
        modality=_text(header, "00080060").upper(),
        image_type=tuple(value.upper() for value in _texts(header, "00080008")),
        slices=slices or _slices(header),
        thickness_mm=_largest(header, "00180050", "00180088"),
        plane=plane_of(_numbers(header, "00200037")),
        kernel=_text(header, "00181210").upper(),
        contrast=_contrast(header),
        body_part=_text(header, "00180015").upper(),
        frame_of_reference_uid=_text(header, "00200052"),
        acquired=_acquired(header),
        description=_text(header, "0008103E").lower(),
        patient=(_text(header, "00100020"), _text(header, "00100021")),
    )


def plane_of(orientation: tuple[float, ...]) -> str | None:
    """The plane of slices by ImageOrientationPatient: axial, coronal, sagittal or oblique; None where unknown."""
    if len(orientation) != 6:
        return None
    (a, b, c), (d, e, f) = orientation[:3], orientation[3:]
    normal = [abs(b * f - c * e), abs(c * d - a * f), abs(a * e - b * d)]
    steepest = max(range(3), key=lambda axis: normal[axis])
    return PLANES[steepest] if normal[steepest] > ALONG_AXIS else "oblique"


def _slices(header: Header) -> int | None:
    """Frames of a multi-frame image, else instances of the series."""
    found = _numbers(header, "00280008") or _numbers(header, "00201209")
    return int(found[0]) if found else None


def _largest(header: Header, *tags: str) -> float | None:
    found = [value for tag in tags for value in _numbers(header, tag)[:1] if value > 0]
    return max(found, default=None)


def _contrast(header: Header) -> bool | None:
    if _text(header, "00180010"):
        return True
    return False if ROWS in header else None


def _acquired(header: Header) -> str:
    """AcquisitionDateTime, or date and time of acquisition, of the series or of the study."""
    if moment := _text(header, "0008002A"):
        return moment
    pairs = (("00080022", "00080032"), ("00080021", "00080031"), ("00080020", "00080030"))
    return next((_text(header, date) + _text(header, time) for date, time in pairs if _text(header, date)), "")


def _texts(header: Header, tag: str) -> tuple[str, ...]:
    values = header.get(tag, {}).get("Value") or []
    return tuple(str(value).strip() for value in values if value is not None)


def _text(header: Header, tag: str) -> str:
    return next(iter(_texts(header, tag)), "")


def _numbers(header: Header, tag: str) -> tuple[float, ...]:
    """The values as numbers; none where one is no number."""
    with suppress(ValueError):
        return tuple(float(value) for value in _texts(header, tag))
    return ()
