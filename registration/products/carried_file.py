"""A volume that was carried to the fixed grid becomes a file: NIfTI, MHA or NRRD, or DICOM objects in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.products.carried import Carried
from registration.products.dicom.derived_series import write_derived_series
from registration.products.dicom.identity import Stamp
from registration.products.dicom.segmentation import write_segmentation
from registration.products.dicom.segments import Segment
from registration.products.itk import placed
from registration.products.nifti import compact, write_map
from registration.products.outcome import Outcome
from registration.products.writing import appearing
from registration.volume import Volume

ImageFormat = Literal["nifti", "mha", "nrrd"]
SUFFIXES: dict[ImageFormat, str] = {"nifti": ".nii.gz", "mha": ".mha", "nrrd": ".nrrd"}
NOTE = "volume of the moving frame pulled to the fixed grid; research use only"


def write_carried(carried: Carried, path: Path, format: ImageFormat) -> None:
    """One file, labels as the smallest whole numbers that hold them."""
    values, grid = _values(carried), carried.volume.grid
    if format == "nifti":
        write_map(values, grid, path, NOTE)
        return
    image = placed(sitk.GetImageFromArray(values), grid)
    image.SetMetaData("Comment", NOTE)
    with appearing(path) as fresh:
        sitk.WriteImage(image, str(fresh), useCompression=True)


def write_carried_dicom(
    carried: Carried,
    source: Volume,
    outcome: Outcome,
    stamp: Stamp,
    folder: Path,
    segments: Mapping[int, Segment] | None = None,
) -> list[Path]:
    """DICOM instances in an existing folder: a Segmentation of labels, a derived series of intensities.

    source: the volume before, whose own series the derived one refers to. segments: what labels are called. Raises
    `no-dicom-source` where it, or one of the scans, did not come as DICOM.
    """
    if carried.holds == "labels":
        return [write_segmentation(outcome, stamp, folder, carried.volume, segments)]
    of_source = Outcome(replace(outcome.stored, moving=source), outcome.corrections, outcome.field)
    own = replace(stamp, result=f"{stamp.result}\n{_identity(source)}")  # not the objects of the moving scan itself
    return write_derived_series(of_source, own, folder)


def _identity(source: Volume) -> str:
    return (source.source.series_uid if source.source else None) or ""


def _values(carried: Carried) -> NDArray[Any]:
    values = carried.volume.values
    if carried.holds == "intensity":
        return compact(values)
    small = values.max() <= np.iinfo(np.uint8).max
    return np.asarray(values, np.uint8 if small else np.uint16)
