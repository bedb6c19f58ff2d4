"""The user's correspondences become Spatial Fiducials: a set of points per scan, paired by identifier (PS3.3 A.40)."""

from __future__ import annotations

from collections.abc import Sequence as Many
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import SpatialFiducialsStorage

from registration.dicom.writing import decimal
from registration.products.dicom.identity import Stamp, frame_of_reference, sources_of
from registration.products.dicom.modules import RESEARCH, UTF8, Kind, content, new_object, saved
from registration.products.dicom.references import common_instance_reference, instance_references
from registration.products.outcome import Outcome
from registration.provenance import DicomSource
from registration.refinement.corrections import Point

KIND = Kind("correspondences", SpatialFiducialsStorage, "FID", "correspondences", 9008)


def write_fiducials(outcome: Outcome, stamp: Stamp, folder: Path) -> list[Path]:
    """One instance in `folder`, its first set that of the fixed scan, its second that of the moving scan.

    No instance where there are no correspondences: DICOM has no empty set. Raises `no-dicom-source` when a scan did
    not come as DICOM.
    """
    sources, given = sources_of(outcome), outcome.corrections.correspondences
    if not given:
        return []
    ids = outcome.corrections.ids
    one = new_object(outcome, stamp, KIND)
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator"):
        del one[keyword]  # of each set, not of the object
    one.update(content("CORRESPONDENCES", RESEARCH))
    one.update(common_instance_reference(sources.fixed, sources.moving))
    fixed = _set(sources.fixed, ids, [c.fixed_mm for c in given])
    moving = _set(sources.moving, ids, [c.moving_mm for c in given])
    one.FiducialSetSequence = Sequence([fixed, moving])
    if not "".join(ids).isascii():
        one.SpecificCharacterSet = UTF8
    return [saved(one, folder)]


def _set(source: DicomSource, ids: Many[str], points: Many[Point]) -> Dataset:
    """The points of one scan, in its frame of reference."""
    one = Dataset()
    one.FrameOfReferenceUID = frame_of_reference(source)
    one.ReferencedImageSequence = instance_references(source.instances)
    rows = enumerate(zip(ids, points, strict=True), 1)
    one.FiducialSequence = Sequence([_fiducial(number, key, point) for number, (key, point) in rows])
    return one


def _fiducial(number: int, key: str, point: Point) -> Dataset:
    """A point in mm. Identifiers of DICOM have 16 characters, so it is counted, and described by the user's own."""
    one = Dataset()
    one.ShapeType, one.NumberOfContourPoints = "POINT", 1
    one.FiducialIdentifier, one.FiducialDescription = str(number), key
    one.ContourData = [decimal(value) for value in point]
    return one
