"""An outcome becomes the modules that all its DICOM objects share: patient, study, series, frame, equipment.

Patient and study are those of the fixed scan (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.7.1.3, C.7.2.3); the series is new.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydicom.charset import convert_encodings, python_encoding
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from registration.products.dicom.attributes import COPIED, EMPTY_ALLOWED
from registration.products.dicom.identity import Stamp, frame_of_reference, sources_of, study_of
from registration.products.outcome import Outcome
from registration.provenance import DicomSource
from registration.result import ModelIdentity

MANUFACTURER = "kernelreg"
RESEARCH = "Research use only, not for diagnosis"
UTF8 = "ISO_IR 192"
CHARACTER_SET = "00080005"


@dataclass(frozen=True)
class Kind:
    """What an object is: its name here, its SOP class, modality and how its series is called and numbered."""

    name: str
    class_uid: UID
    modality: str
    description: str
    series_number: int

    @property
    def series_description(self) -> str:
        """LO, at most 64 characters."""
        return f"kernelreg {self.description} (research use only)"


def new_object(outcome: Outcome, stamp: Stamp, kind: Kind, index: int = 0) -> Dataset:
    """Instance `index` of an object with everything but its own modules, ready to be completed and saved."""
    fixed = sources_of(outcome).fixed
    one = patient_and_study(fixed)
    one.update(series(stamp, kind, one))
    one.update(body_part(header_of(fixed)))
    one.update(equipment(outcome.stored.model))
    one.FrameOfReferenceUID, one.PositionReferenceIndicator = frame_of_reference(fixed), ""
    one.SOPClassUID, one.SOPInstanceUID = kind.class_uid, stamp.instance_uid(kind.name, index)
    one.InstanceNumber = index + 1
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    return one


def header_of(source: DicomSource) -> Dataset:
    """The first header of a series as a dataset, without a character set: its text is decoded."""
    return Dataset.from_json({tag: value for tag, value in source.header.items() if tag != CHARACTER_SET})


def patient_and_study(source: DicomSource) -> Dataset:
    """Patient, study and clinical trial attributes of a series, with its character set and time zone."""
    header, one = header_of(source), Dataset()
    for keyword in COPIED:
        if keyword in header:
            one[keyword] = header[keyword]
    for keyword in EMPTY_ALLOWED:
        if keyword not in one:
            setattr(one, keyword, "")
    one.StudyInstanceUID = study_of(source)
    declared = [name or "" for name in source.header.get(CHARACTER_SET, {}).get("Value", [])]
    if declared and _known(declared) and _encodable(one, declared):
        one.SpecificCharacterSet = declared
    elif not text_of(one).isascii():
        one.SpecificCharacterSet = UTF8
    return one


def series(stamp: Stamp, kind: Kind, study: Dataset) -> Dataset:
    """General Series and the dates of SOP Common; the clock is that of the study where it names a time zone."""
    one, moment = Dataset(), in_zone_of(study, stamp.made_at)
    one.Modality, one.SeriesInstanceUID = kind.modality, stamp.series_uid(kind.name)
    one.SeriesNumber, one.SeriesDescription = kind.series_number, kind.series_description
    one.SeriesDate = one.ContentDate = one.InstanceCreationDate = moment.strftime("%Y%m%d")
    one.SeriesTime = one.ContentTime = one.InstanceCreationTime = moment.strftime("%H%M%S.%f")
    return one


def body_part(header: Dataset) -> Dataset:
    """What was scanned, and of which side, where it is known: the part of General Series that stays."""
    one = Dataset()
    if header.get("BodyPartExamined"):
        one.BodyPartExamined = header.BodyPartExamined
    if header.get("Laterality") or "BodyPartExamined" not in one:
        one.Laterality = header.get("Laterality", "")  # empty: not known; absent: of a part that has no sides
    return one


def equipment(model: ModelIdentity) -> Dataset:
    """General and Enhanced General Equipment; the serial number tells which model computed the field."""
    one = Dataset()
    one.Manufacturer, one.ManufacturerModelName = MANUFACTURER, model.name
    one.DeviceSerialNumber = model.weights_sha256[:16] or model.version
    one.SoftwareVersions = software_version()
    return one


@cache
def software_version() -> str:
    """The version of kernelreg."""
    return version("kernelreg")


def content(label: str, description: str) -> Dataset:
    """Content Identification (PS3.3 Table 10-12) of an instance."""
    one = Dataset()
    one.ContentLabel, one.ContentDescription, one.ContentCreatorName = label, description, ""
    return one


def in_zone_of(study: Dataset, moment: datetime) -> datetime:
    """The moment on the clock of the study: its declared offset from UTC, else the local time of this machine."""
    offset = str(study.get("TimezoneOffsetFromUTC", ""))
    try:
        return moment.astimezone(datetime.strptime(offset, "%z").tzinfo)
    except ValueError:
        return moment.astimezone()


def saved(one: Dataset, folder: Path) -> Path:
    """Write an instance into a folder, called by its UID; its path."""
    path = folder / f"{one.SOPInstanceUID}.dcm"
    one.save_as(path, enforce_file_format=True)
    return path


def text_of(one: Dataset) -> str:
    """Every text in a dataset, and the rest of it besides: for a look at its characters."""
    return json.dumps(one.to_json_dict(), ensure_ascii=False)


def _known(declared: list[str]) -> bool:
    """Whether these are character sets, and several of them such as extend each other (PS3.3 C.12.1.1.2)."""
    return all(name in python_encoding for name in declared) and all("2022" in name for name in declared[1:])


def _encodable(one: Dataset, declared: list[str]) -> bool:
    """Whether the declared character sets hold every character of the text."""
    encodings = convert_encodings(declared)
    return all(any(_has(encoding, character) for encoding in encodings) for character in set(text_of(one)))


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
