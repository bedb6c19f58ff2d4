"""What was read, as a user should see it: geometry, what was used and what was left out. No patient data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from registration.dicom import Dropped


@dataclass(frozen=True)
class SliceGaps:
    """Distances between neighbouring slices of a DICOM series, mm."""

    smallest_mm: float
    mean_mm: float
    largest_mm: float


@dataclass(frozen=True)
class RegriddingDone:
    """What was made of a series that was no regular grid.

    `interpolated` are slices (index z) that lie between two of the series', `interpolated_mm` the same places along the
    slice normal; `shifted_in_plane` says that every slice was moved within its plane, to undo a tilt.
    """

    reason: str
    interpolated: tuple[int, ...]
    interpolated_mm: tuple[float, ...]
    shifted_in_plane: bool


@dataclass(frozen=True)
class ScanReport:
    """Geometry in (x, y, z) order and LPS mm. `kind` is dicom, nifti, mha, nrrd or mask; `modality` CT, MR or None."""

    kind: str
    modality: str | None
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[tuple[float, float, float], ...]
    value_range: tuple[float, float]
    instances_used: int
    dropped: tuple[Dropped, ...] = ()
    series_instance_uid: str | None = None
    study_instance_uid: str | None = None
    frame_of_reference_uid: str | None = None
    slice_gaps: SliceGaps | None = None
    tilt_degrees: float | None = None
    regridding: RegriddingDone | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready lists, numbers and strings."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value
