"""Other volumes warped by a revision: how they can be asked for, and where they lie in the registration's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jobs.products import products_folder

Holds = Literal["intensity", "labels"]
Format = Literal["nifti", "mha", "nrrd", "dicom"]


@dataclass(frozen=True)
class Form:
    """How a warped volume is sent."""

    suffix: str
    media_type: str


FORMS: dict[Format, Form] = {
    "nifti": Form(".nii.gz", "application/x-nifti"),
    "mha": Form(".mha", "application/x-metaimage"),
    "nrrd": Form(".nrrd", "application/x-nrrd"),
}
DICOM_FORMS: dict[Holds, Form] = {
    "intensity": Form(".zip", "application/zip"),
    "labels": Form(".dcm", "application/dicom"),
}
"""A derived series, one Segmentation."""


def form_of(holds: Holds, format: Format) -> Form:
    """The form of a warped volume in a format."""
    return DICOM_FORMS[holds] if format == "dicom" else FORMS[format]


def warped_place(tag: str, series: str, holds: Holds, format: Format) -> str:
    """Where the file lies."""
    return f"{products_folder(tag)}/{file_name(series, holds, form_of(holds, format))}"


def summary_place(tag: str, series: str, holds: Holds) -> str:
    """Where its figures lie, whatever the format."""
    return f"{products_folder(tag)}/{file_name(series, holds, Form('.json', 'application/json'))}"


def file_name(series: str, holds: Holds, form: Form) -> str:
    """A name that tells what was warped."""
    return f"warped-{series}-{holds}{form.suffix}"
