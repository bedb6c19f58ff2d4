"""One file becomes the frames that its header describes, or the reason why it is left out. Pixels are not touched."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from registration.dicom.frame import Frame
from registration.dicom.functional_groups import flat_headers
from registration.dicom.geometry_tags import float_of, frame_geometry
from registration.dicom.identifiers import required_uid, uid_of
from registration.dicom.opening import objecting_to_damage, open_dataset
from registration.dicom.rescale import rescale_of
from registration.dicom.traits import TRAITS, traits_of
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
    "ModalityLUTSequence", "PixelPaddingValue", "PixelPaddingRangeLimit", "PixelRepresentation", "BitsAllocated",
    "GantryDetectorTilt", "LossyImageCompression", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    *TRAITS,
]  # fmt: skip


def read_frames(path: Path) -> list[Frame] | str:
    """The frames of one DICOM file, or why it holds none that belongs to a volume."""
    with objecting_to_damage(path.name):
        return _frames(path, open_dataset(path, TAGS))


def _frames(path: Path, header: Dataset) -> list[Frame] | str:
    class_uid, announced = uid_of(header, "SOPClassUID"), uid_of(header.file_meta, "MediaStorageSOPClassUID")
    if class_uid not in CLASSES and (announced in CLASSES or not (class_uid or announced)):
        raise ScanError("scan-truncated", f"{path.name}: the file ends within its header")
    if class_uid not in CLASSES:
        return f"no CT or MR image ({UID(class_uid or announced).name})"
    if "LOCALIZER" in [str(value).upper() for value in header.get("ImageType") or []]:
        return "localiser"
    if int(header.get("SamplesPerPixel", 1)) != 1:
        return "colour image"
    headers = flat_headers(path.name, header) if "NumberOfFrames" in header else [header]
    return [_plain_frame(path, one, number) for number, one in enumerate(headers)]


def _plain_frame(path: Path, header: Dataset, number: int) -> Frame:
    position, along_row, along_column, pixel_mm = frame_geometry(path.name, header)
    return Frame(
        path=path,
        number=number,
        class_uid=str(header.SOPClassUID),
        instance_uid=required_uid(path.name, header, "SOPInstanceUID"),
        series_uid=required_uid(path.name, header, "SeriesInstanceUID"),
        study_uid=uid_of(header, "StudyInstanceUID"),
        frame_of_reference_uid=uid_of(header, "FrameOfReferenceUID"),
        modality=CLASSES[str(header.SOPClassUID)],
        rows=_extent(path.name, header, "Rows"),
        columns=_extent(path.name, header, "Columns"),
        position_mm=position,
        along_row=along_row,
        along_column=along_column,
        pixel_mm=pixel_mm,
        rescale=rescale_of(path.name, header),
        traits=traits_of(header),
        tilt_tag_degrees=float_of(header, "GantryDetectorTilt", 0.0),
        inverted_display=header.get("PhotometricInterpretation") == "MONOCHROME1",
        lossy=header.get("LossyImageCompression") == "01",
        multiframe=int(header.get("NumberOfFrames") or 1) > 1,
    )


def _extent(name: str, header: Dataset, keyword: str) -> int:
    pixels = int(header[keyword].value)
    if pixels < 1:
        raise ScanError("scan-unreadable", f"{name}: {keyword} must be positive, got {pixels}")
    return pixels
