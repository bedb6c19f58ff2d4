"""The slices of a scan become the source images that highdicom asks for; what it builds then refers to the real ones.

highdicom derives geometry and references of a multi-frame object from headers of single slices. It gets one stand-in
for each slice of the grid, whatever the scan was stored as; afterwards every reference to a stand-in becomes one to the
instance (and frame) that holds the slice, and the common modules take the place of those it made up.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, generate_uid

from registration.dicom.writing import decimal
from registration.geometry import Grid
from registration.products.dicom.references import common_instance_reference, instance_references
from registration.provenance import DicomSource, SourceInstance

STAND_IN = "2.25."
"""UID of a stand-in: this and the z index of its slice, counted from 1."""
NO_UID = "2.25.0"
"""Where highdicom wants a UID that `completed` replaces."""
LONGEST = 64
"""Characters of a long string (LO)."""
IDENTITY = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime",
    "AccessionNumber", "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip
"""What highdicom wants to repeat and `completed` replaces."""


def stand_ins(grid: Grid) -> list[Dataset]:
    """One header for each slice of the grid, in the order of its z index."""
    return [_stand_in(grid, index, point) for index, point in enumerate(first_points(grid))]


def completed(image: Dataset, common: Dataset, source: DicomSource) -> Dataset:
    """An image that highdicom made of stand-ins, as an object of this scan's study. Changes and returns `image`."""
    image.SourceImageSequence = instance_references(source.instances)
    for reference in {id(one): one for one in _frame_references(image)}.values():  # frames share them
        slice_index = int(reference.ReferencedSOPInstanceUID.removeprefix(STAND_IN)) - 1
        _point(reference, source.instances[slice_index])
    image.update(common_instance_reference(source))
    image.update(common)
    image.file_meta.MediaStorageSOPInstanceUID = common.SOPInstanceUID
    image.ContributingEquipmentSequence[0].ContributionDateTime = common.ContentDate + common.ContentTime
    _rename_dimensions(image)
    return image


def first_points(grid: Grid) -> list[list[float]]:
    """Where the first voxel of each slice lies, in the order of the z index."""
    return [grid.index_to_mm((0, 0, index)).tolist() for index in range(grid.size[2])]


def long_string(text: str) -> str:
    """Text as one value of a long string: backslashes part values, and control characters are none of it."""
    return "".join(c if c.isprintable() else " " for c in text.replace("\\", "/"))[:LONGEST].strip()


def _stand_in(grid: Grid, index: int, first_point: list[float]) -> Dataset:
    one = Dataset()
    for keyword in IDENTITY:
        setattr(one, keyword, "")
    one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, f"{STAND_IN}{index + 1}"
    one.StudyInstanceUID = one.SeriesInstanceUID = one.FrameOfReferenceUID = NO_UID
    one.Modality, one.Columns, one.Rows = "CT", grid.size[0], grid.size[1]
    one.ImagePositionPatient = [decimal(v) for v in first_point]
    one.ImageOrientationPatient = [decimal(v) for v in grid.axes[:, :2].T.ravel()]
    one.PixelSpacing = [decimal(v) for v in grid.spacing_mm[1::-1]]
    one.SliceThickness = one.SpacingBetweenSlices = decimal(grid.spacing_mm[2])
    return one


def _frame_references(image: Dataset) -> Iterator[Dataset]:
    for frame in image.PerFrameFunctionalGroupsSequence:
        for derivation in frame.DerivationImageSequence:
            yield from derivation.SourceImageSequence


def _point(reference: Dataset, instance: SourceInstance) -> None:
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = instance.class_uid, instance.instance_uid
    if instance.frame is not None:
        reference.ReferencedFrameNumber = instance.frame


def _rename_dimensions(image: Dataset) -> None:
    """Name the dimensions after the instance: highdicom draws lots, but the same object is the same twice."""
    uid = generate_uid(entropy_srcs=[f"{image.SOPInstanceUID}\ndimensions"])
    for item in (*image.DimensionOrganizationSequence, *image.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
