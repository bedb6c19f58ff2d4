"""The warped moving scan becomes a derived CT or MR series in the fixed scan's frame of reference (PS3.3 A.3, A.4).

The slices lie exactly on the fixed grid, in the order of their normal, and name the moving instances that they show.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, MRImageStorage

from registration.dicom.header import CLASSES
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.dicom.acquisition import acquired
from registration.products.dicom.derived_image import derivation, image_pixels, image_plane
from registration.products.dicom.identity import Stamp, sources_of, study_of
from registration.products.dicom.lattice import right_handed
from registration.products.dicom.modules import RESEARCH, UTF8, Kind, header_of, new_object, saved, text_of
from registration.products.dicom.references import common_instance_reference
from registration.products.dicom.storing import storage_of
from registration.products.outcome import Outcome
from registration.provenance import DicomSource

NUMBER = 9003
KINDS = {
    "CT": Kind("warped", CTImageStorage, "CT", "warped moving CT", NUMBER),
    "MR": Kind("warped", MRImageStorage, "MR", "warped moving MR", NUMBER),
}


def write_derived_series(outcome: Outcome, stamp: Stamp, folder: Path) -> list[Path]:
    """One file per slice, in the order of their instance numbers."""
    return [saved(one, folder) for one in derived_series(outcome, stamp)]


def derived_series(outcome: Outcome, stamp: Stamp) -> Iterator[Dataset]:
    """The instances one after the other, along the normal of the slices."""
    sources = sources_of(outcome)
    kind = KINDS[CLASSES.get(sources.moving.instances[0].class_uid, "CT")]
    field = right_handed(outcome.field)
    turned = field.grid != outcome.field.grid
    values = outcome.warped.values[::-1] if turned else outcome.warped.values
    storage = storage_of(outcome.warped.values, whole=kind.modality == "CT")
    common = _common(outcome, kind)
    for index in range(field.grid.size[2]):
        one = new_object(outcome, stamp, kind, index)
        one.update(common)
        one.update(image_plane(field.grid, index))
        one.update(image_pixels(storage, values[index], kind.modality))
        one.update(_derived_from(contributing(sources.moving, outcome.stored.moving.grid, field, index), sources.fixed))
        yield one


def contributing(moving: DicomSource, grid: Grid, field: DisplacementField, index: int) -> DicomSource:
    """The moving series with those instances alone whose slices the slice `index` of the field's grid reads."""
    x, y = np.meshgrid(*(np.arange(0, n, 2) for n in field.grid.size[:2]))  # every other voxel: the field is smooth
    points = field.grid.index_to_mm(np.stack([x, y, np.full_like(x, index)], -1)) + field.vectors_mm[index, ::2, ::2]
    read = grid.mm_to_index(points[grid.contains(points)])[:, 2]
    if not len(read):
        return DicomSource(moving.header, ())
    low, high = max(int(np.floor(read.min())), 0), min(int(np.ceil(read.max())), grid.size[2] - 1)
    return DicomSource(moving.header, moving.instances[low : high + 1])


def _derived_from(shown: DicomSource, fixed: DicomSource) -> Dataset:
    one = derivation(shown)
    if shown.instances:
        one.update(common_instance_reference(shown, study_uid=study_of(fixed)))
    return one


def _common(outcome: Outcome, kind: Kind) -> Dataset:
    """What all slices share besides patient, study and series."""
    sources = sources_of(outcome)
    one = acquired(header_of(sources.moving), kind.modality)
    one.ImageType = ["DERIVED", "SECONDARY", "AXIAL"] if kind.modality == "CT" else ["DERIVED", "SECONDARY", "OTHER"]
    one.PatientPosition = header_of(sources.fixed).get("PatientPosition", "")
    one.BurnedInAnnotation, one.ImageComments = "NO", RESEARCH
    if not text_of(one).isascii():
        one.SpecificCharacterSet = UTF8  # that of the fixed scan need not hold what the moving one says
    return one
