"""One file becomes the frames that its header describes, or the reason why it is left out. Pixels are not touched."""

from __future__ import annotations

import warnings
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from registration.dicom.damage import ERRORS
from registration.dicom.frame import Frame
from registration.dicom.functional_groups import enhanced_frames
from registration.dicom.geometry_tags import float_of, frame_geometry
from registration.errors import ScanError

CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",  # Enhanced
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",  # Legacy Converted Enhanced
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
}
"""The SOP classes that hold CT or MR slices. Everything else of a series is left out and listed."""

TAGS = [
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "ImageType",
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]  # fmt: skip


def looks_like_dicom(path: Path) -> bool:
    """Whether the file starts like DICOM: the mark `DICM` at byte 128, or a first element of group 0008 without it."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:132] == b"DICM" or (
        start[:2] == b"\x08\x00" and start[2:3] in b"\x00\x01\x05\x08\x16\x18" and len(start) == 132
    )


def read_frames(path: Path) -> list[Frame] | str:
    """The frames of one DICOM file, or why it holds none that belongs to a volume."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return _frames(path, _read(path))
    except ScanError:
        raise
    except EOFError as error:
        raise ScanError("scan-truncated", f"{path.name}: the file ends within its header") from error
    except ERRORS as error:
        message = f"{path.name}: the DICOM header cannot be read ({type(error).__name__})"
        raise ScanError("scan-unreadable", message) from error


def _read(path: Path) -> Dataset:
    """The header of a file. The deflated syntax is refused unread: it can inflate a thousandfold."""
    if _deflated(path):
        raise ScanError("scan-unreadable", f"{path.name}: the deflated transfer syntax is not accepted")
    return pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(TAGS))


def _frames(path: Path, header: Dataset) -> list[Frame] | str:
    class_uid = str(header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID", ""))
    if (class_uid in CLASSES and "SOPClassUID" not in header) or not class_uid:
        raise ScanError("scan-truncated", f"{path.name}: the file ends within its header")
    if class_uid not in CLASSES:
        return f"no CT or MR image ({UID(class_uid).name})"
    if "LOCALIZER" in [str(value).upper() for value in header.get("ImageType") or []]:
        return "localiser"
    if int(header.get("SamplesPerPixel", 1)) != 1:
        return "colour image"
    return enhanced_frames(path, header, _plain_frame) if "NumberOfFrames" in header else [_plain_frame(path, header)]


def _deflated(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            return False  # without the mark there is no group 0002, and so no transfer syntax
    return str(read_file_meta_info(path).get("TransferSyntaxUID", "")) == DeflatedExplicitVRLittleEndian


def _plain_frame(path: Path, header: Dataset, number: int = 0) -> Frame:
    position, along_row, along_column, pixel_mm = frame_geometry(path, header)
    return Frame(
        path=path,
        number=number,
        class_uid=str(header.SOPClassUID),
        instance_uid=str(header.SOPInstanceUID),
        series_uid=str(header.SeriesInstanceUID),
        study_uid=str(header.get("StudyInstanceUID", "")),
        frame_of_reference_uid=str(header.get("FrameOfReferenceUID", "")),
        modality=CLASSES[str(header.SOPClassUID)],
        rows=int(header.Rows),
        columns=int(header.Columns),
        position_mm=position,
        along_row=along_row,
        along_column=along_column,
        pixel_mm=pixel_mm,
        slope=float_of(header, "RescaleSlope", 1.0),
        intercept=float_of(header, "RescaleIntercept", 0.0),
        inverted_display=header.get("PhotometricInterpretation") == "MONOCHROME1",
    )
