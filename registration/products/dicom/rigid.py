"""An outcome's pre-alignment becomes a Spatial Registration: how the moving scan lay to the fixed one before warping.

PS3.3 C.20.2.1.1: a matrix takes points of its item's images into the object's frame of reference. That is the fixed
scan's, so the fixed images have the identity, and the moving ones the inverse of the pre-alignment (fixed to moving).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import SpatialRegistrationStorage

from registration.products.dicom.identity import Stamp, frame_of_reference, sources_of
from registration.products.dicom.matrices import IDENTITY, Floats, matrix_item, registration_type
from registration.products.dicom.modules import RESEARCH, Kind, content, new_object, saved
from registration.products.dicom.references import common_instance_reference, instance_references
from registration.products.outcome import Outcome
from registration.provenance import DicomSource

KIND = Kind("pre-alignment", SpatialRegistrationStorage, "REG", "pre-alignment", 9002)


def write_rigid(outcome: Outcome, stamp: Stamp, folder: Path) -> list[Path]:
    """The object, one file."""
    return [saved(spatial_registration(outcome, stamp), folder)]


def spatial_registration(outcome: Outcome, stamp: Stamp) -> Dataset:
    """The object in memory."""
    sources = sources_of(outcome)
    fixed_to_moving = np.asarray(outcome.stored.manifest["pre_alignment"], np.float64)
    one = new_object(outcome, stamp, KIND)
    one.update(content("PREALIGNMENT", RESEARCH))
    one.update(common_instance_reference(sources.fixed, sources.moving))
    items = [
        _item(sources.fixed, IDENTITY),
        _item(sources.moving, np.asarray(np.linalg.inv(fixed_to_moving), np.float64)),
    ]
    one.RegistrationSequence = Sequence(items)
    return one


def _item(source: DicomSource, to_fixed: Floats) -> Dataset:
    """One series with the matrix that takes its points into the fixed frame."""
    item, registration = Dataset(), Dataset()
    registration.FrameOfReferenceTransformationComment = RESEARCH
    registration.RegistrationTypeCodeSequence = registration_type()
    registration.MatrixSequence = Sequence([matrix_item(to_fixed)])
    item.FrameOfReferenceUID = frame_of_reference(source)
    item.ReferencedImageSequence = instance_references(source.instances)
    item.MatrixRegistrationSequence = Sequence([registration])
    return item
