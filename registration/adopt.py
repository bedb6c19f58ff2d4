"""Two scans and a field that another tool computed become a registration like any other, but for what is not known.

How far the field is from the truth nobody calibrated, so the expected error is not a number anywhere, no bound is
promised, and there are no matches. Folds and Jacobians are computed, and corrections work as on a field of our own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.confidence.bounds import ErrorBounds
from registration.errors import FieldError
from registration.field.displacement import DisplacementField
from registration.matches import Matches
from registration.quality import pre_alignment_figures, quality
from registration.reading.fields import FieldFile, placed
from registration.result import ModelIdentity, Registration
from registration.stages import Clock, Progress
from registration.volume import Volume

FOREIGN = "foreign field"
"""What the result says computed it, with the format for a version."""
STAGES = {"placing": 0.1, "quality": 0.7}


def adopt(fixed: Volume, moving: Volume, file: FieldFile, *, progress: Progress | None = None) -> Registration:
    """The registration whose field is the file's. Raises `field-grid-mismatch`, `field-values-invalid`."""
    clock = Clock(progress, STAGES)
    with clock.stage("placing"):
        read = placed(file, fixed.grid, moving.grid)
    with clock.stage("quality"):
        matches = _no_matches()
        qa = quality(read.field, matches) | pre_alignment_figures(np.eye(4), fixed.grid)
        notes = [*read.notes, *_frame_notes(file, fixed, moving)]
        qa |= {"adopted": read.format, "covered_percent": read.covered_percent, "notes": notes}
        qa |= {"detector": "none", "finish": False}
        qa |= {"arriving_percent": read.arriving_percent}
    identity = ModelIdentity(FOREIGN, read.format, "")
    unknown = _unknown(read.field)
    return Registration(
        read.field,
        unknown,
        unknown,
        ErrorBounds.none(),
        matches,
        np.eye(4),
        identity,
        qa,
        clock.seconds,
        "auto",
    )


def _frame_notes(file: FieldFile, fixed: Volume, moving: Volume) -> list[str]:
    """What there is to say where a file names other frames of reference than the scans do."""
    named = [scan.source.frame_of_reference_uid if scan.source else None for scan in (fixed, moving)]
    if file.frames and None not in named and named[0] != named[1] and file.frames == (named[1], named[0]):
        message = "The field leads from the moving scan's frame of reference to the fixed one's; swap the two scans."
        raise FieldError("field-grid-mismatch", message)
    if not file.frames or all(uid in (None, frame) for uid, frame in zip(named, file.frames, strict=True)):
        return []
    return ["the file names other frames of reference than the two scans"]


def _unknown(field: DisplacementField) -> NDArray[np.float32]:
    """A map (z, y, x) that says nothing of any voxel."""
    return np.full(field.grid.shape, np.nan, np.float32)


def _no_matches() -> Matches:
    none, nothing = np.zeros((0, 3), np.float32), np.zeros(0, np.float32)
    return Matches(none, none, nothing, np.zeros((0, 0), np.float32))
