"""DICOM files become a volume and its report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from registration.dicom import Dropped, Series, hounsfield, read_series, source_of
from registration.reading.limits import ReadingLimits
from registration.reading.report import ScanReport, SliceGaps
from registration.volume import Volume


def read_dicom(files: Sequence[Path], others: Sequence[Dropped], limits: ReadingLimits) -> tuple[Volume, ScanReport]:
    """The volume of the one series in `files`; `others` are the files beside it, listed as left out."""
    series = read_series(files, largest_voxels=limits.voxels)
    volume = Volume(hounsfield(series.stack), series.stack.grid, source_of(series))
    return volume, _report(volume, series, others)


def _report(volume: Volume, series: Series, others: Sequence[Dropped]) -> ScanReport:
    stack, first, grid = series.stack, series.first, volume.grid
    steps = stack.steps_mm
    return ScanReport(
        kind="dicom",
        modality=first.modality,
        size=grid.size,
        spacing_mm=grid.spacing_mm,
        origin_mm=grid.origin_mm,
        direction=grid.direction,
        value_range=(float(volume.values.min()), float(volume.values.max())),
        instances_used=len({frame.instance_uid for frame in stack.frames}),
        dropped=(*others, *series.dropped),
        series_instance_uid=first.series_uid,
        study_instance_uid=first.study_uid or None,
        frame_of_reference_uid=first.frame_of_reference_uid or None,
        slice_gaps=SliceGaps(float(steps.min()), float(steps.mean()), float(steps.max())),
        tilt_degrees=stack.tilt_degrees,
        notes=_notes(series),
    )


def _notes(series: Series) -> tuple[str, ...]:
    notes = []
    if series.stack.axes_deviation > 1e-6:
        notes.append(f"direction cosines were off by {series.stack.axes_deviation:.1e} and made orthonormal")
    if series.first.inverted_display:
        notes.append("MONOCHROME1 concerns the display only; intensities are as rescaled")
    return tuple(notes)
