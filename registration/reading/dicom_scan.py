"""DICOM files become a volume and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registration.dicom import Dropped, Regridding, Series, read_series, slices, source_of
from registration.reading.collecting import Range, collected
from registration.reading.limits import ReadingLimits
from registration.reading.notes import notes_on, regridding_done
from registration.reading.report import ScanReport, SliceGaps
from registration.volume import Volume


@dataclass(frozen=True)
class DicomReading:
    """How DICOM is read. regridding: what may be done to slices that form no regular grid; None: they are refused.

    voxels_file: where the voxels are written as a `.npy` while they are decoded; None: they are kept in memory.
    """

    regridding: Regridding | None = None
    voxels_file: Path | None = None


DEFAULT_READING = DicomReading()


def read_dicom(
    files: Sequence[Path], others: Sequence[Dropped], limits: ReadingLimits, how: DicomReading = DEFAULT_READING
) -> tuple[Volume, ScanReport]:
    """The volume of the one series in `files`; `others` are the files beside it, listed as left out."""
    series = read_series(files, largest_voxels=limits.voxels, regridding=how.regridding)
    grid = series.stack.grid
    values, span = collected(slices(series.stack), grid.shape, how.voxels_file)
    return Volume(values, grid, source_of(series)), _report(series, span, others)


def _report(series: Series, span: Range, others: Sequence[Dropped]) -> ScanReport:
    stack, first, grid = series.stack, series.first, series.stack.grid
    steps = stack.steps_mm
    return ScanReport(
        kind="dicom",
        modality=first.modality,
        size=grid.size,
        spacing_mm=grid.spacing_mm,
        origin_mm=grid.origin_mm,
        direction=grid.direction,
        value_range=span,
        instances_used=len({frame.instance_uid for frame in stack.frames}),
        dropped=(*others, *series.dropped),
        series_instance_uid=first.series_uid,
        study_instance_uid=first.study_uid or None,
        frame_of_reference_uid=first.frame_of_reference_uid or None,
        slice_gaps=SliceGaps(float(steps.min()), float(steps.mean()), float(steps.max())),
        tilt_degrees=stack.tilt_degrees,
        regridding=regridding_done(stack),
        notes=notes_on(series),
    )
