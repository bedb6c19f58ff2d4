"""Structure sets and segmentations made in memory, as a contouring station writes them."""

from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from tests.builders.dicom import FRAME

STRUCTURE_SET = UID("1.2.840.10008.5.1.4.1.1.481.3")
Regions = dict[str, list[np.ndarray]]


def structure_set(regions: Regions, *, frame_uid: str = FRAME, kind: str = "CLOSED_PLANAR") -> Dataset:
    """Regions by name, each a list of contours (N, 3) mm."""
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID = STRUCTURE_SET, generate_uid(entropy_srcs=["structures"])
    one.PatientName, one.Modality, one.StructureSetLabel = "SECRET^NAME", "RTSTRUCT", "x"
    one.StructureSetROISequence = Sequence([_region(n, name, frame_uid) for n, name in enumerate(regions, 1)])
    one.ROIContourSequence = Sequence([_contours(n, drawn, kind) for n, drawn in enumerate(regions.values(), 1)])
    return one


def _region(number: int, name: str, frame_uid: str) -> Dataset:
    region = Dataset()
    region.ROINumber, region.ROIName, region.ReferencedFrameOfReferenceUID = number, name, frame_uid
    return region


def _contours(number: int, drawn: list[np.ndarray], kind: str) -> Dataset:
    contours = Dataset()
    contours.ReferencedROINumber = number
    contours.ContourSequence = Sequence([_contour(points, kind) for points in drawn])
    return contours


def _contour(points: np.ndarray, kind: str) -> Dataset:
    contour = Dataset()
    contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
    contour.ContourData = [f"{v:.4f}" for v in points.ravel()]
    return contour


def save_object(one: Dataset, path: Path) -> Path:
    one.save_as(path, enforce_file_format=True)
    return path


def segmentation(series: Path, masks: dict[str, np.ndarray], path: Path, *, fractional: bool = False) -> Path:
    """Segments by label, each a mask (z, y, x) on the slices of `series`, as highdicom writes them."""
    sources = [dcmread(file) for file in sorted(series.iterdir())]
    for one in sources:  # what a scanner writes and highdicom insists on
        one.StudyDate = one.StudyTime = one.AccessionNumber = one.StudyID = one.PatientBirthDate = one.PatientSex = ""
        one.SliceThickness = 2.5
        one.ReferringPhysicianName = one.PositionReferenceIndicator = ""
    described = [
        hd.seg.SegmentDescription(
            number, label, codes.SCT.Tissue, codes.SCT.Tissue, hd.seg.SegmentAlgorithmTypeValues.MANUAL
        )
        for number, label in enumerate(masks, 1)
    ]
    pixels = np.stack(list(masks.values()), -1)
    kind = hd.seg.SegmentationTypeValues.FRACTIONAL if fractional else hd.seg.SegmentationTypeValues.BINARY
    hd.seg.Segmentation(
        sources, pixels, kind, described, generate_uid(), 2, generate_uid(), 1, "x", "x", "1", "1",
        max_fractional_value=200,
    ).save_as(path)  # fmt: skip
    return path
