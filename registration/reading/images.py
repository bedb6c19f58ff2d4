"""One NIfTI, MHA, MHD or NRRD file becomes a volume in LPS millimetres and its report."""

from __future__ import annotations

from pathlib import Path

from registration.reading.itk_image import read_itk
from registration.reading.limits import ReadingLimits
from registration.reading.nifti import read_nifti
from registration.reading.report import ScanReport
from registration.volume import Volume


def read_image(path: Path, kind: str, limits: ReadingLimits) -> tuple[Volume, ScanReport]:
    """The volume in a file of a known kind (`nifti`, `nifti-gz`, `mha` or `nrrd`)."""
    volume, notes = read_nifti(path, kind, limits) if kind.startswith("nifti") else read_itk(path, kind, limits)
    grid = volume.grid
    report = ScanReport(
        kind=kind.removesuffix("-gz"),
        modality=None,
        size=grid.size,
        spacing_mm=grid.spacing_mm,
        origin_mm=grid.origin_mm,
        direction=grid.direction,
        value_range=(float(volume.values.min()), float(volume.values.max())),
        instances_used=1,
        notes=notes,
    )
    return volume, report
