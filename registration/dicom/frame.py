"""One slice as its header describes it: where it lies, how its numbers become intensities, and who it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registration.dicom.rescale import Rescale
from registration.dicom.traits import Traits
from registration.geometry.grid import Floats

PIXEL_TOLERANCE, COSINE_TOLERANCE = 1e-3, 2e-3
"""Share of the pixel spacing, and difference of direction cosines, that are rounding."""


@dataclass(frozen=True)
class Frame:
    """One 2D image: frame `number` (from 0) of the instance in `path`.

    position_mm (3,): centre of the first pixel, LPS. along_row, along_column (3,): the ways of growing column and row
    index. pixel_mm: spacing along the row (x) and along the column (y). `multiframe`: the instance holds more of them.
    """

    path: Path
    number: int
    class_uid: str
    instance_uid: str
    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    modality: str
    rows: int
    columns: int
    position_mm: Floats
    along_row: Floats
    along_column: Floats
    pixel_mm: tuple[float, float]
    rescale: Rescale
    traits: Traits
    tilt_tag_degrees: float
    inverted_display: bool
    lossy: bool
    multiframe: bool

    @property
    def name(self) -> str:
        """The instance, and the frame (from 1) where it holds several."""
        return f"{self.instance_uid} frame {self.number + 1}" if self.multiframe else self.instance_uid

    @property
    def normal(self) -> Floats:
        """Unit vector perpendicular to the slice, row direction × column direction."""
        cross = np.cross(self.along_row, self.along_column)
        return np.asarray(cross / max(float(np.linalg.norm(cross)), 1e-9))

    def same_kind(self, other: Frame) -> bool:
        """Whether both have the same size, pixels and orientation, up to rounding, so that they can be stacked."""
        return (
            (self.rows, self.columns) == (other.rows, other.columns)
            and all(abs(a - b) <= PIXEL_TOLERANCE * b for a, b in zip(self.pixel_mm, other.pixel_mm, strict=True))
            and bool(np.abs(self.along_row - other.along_row).max() <= COSINE_TOLERANCE)
            and bool(np.abs(self.along_column - other.along_column).max() <= COSINE_TOLERANCE)
        )
