"""What a reader of a scan's report should know about its DICOM series, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from registration.dicom.frame import Frame
from registration.dicom.series import Series
from registration.dicom.stack import Stack
from registration.reading.report import RegriddingDone

TILT_DEGREES = 0.1
"""A tilt that a header states and that is worth a note."""


def notes_on(series: Series) -> tuple[str, ...]:
    """Everything that was assumed, repaired or done to the series, in reading order."""
    return (*_geometry(series.stack), *_pixels(series.stack.frames))


def regridding_done(stack: Stack) -> RegriddingDone | None:
    """What regridding did, as the report gives it."""
    plan = stack.plan
    if plan is None:
        return None
    between = np.flatnonzero(plan.between)
    places = tuple(round(float(mm), 3) for mm in plan.depth_mm[between])
    return RegriddingDone(plan.reason, tuple(int(k) for k in between), places, plan.shifts)


def _geometry(stack: Stack) -> Iterator[str]:
    first = stack.frames[0]
    if stack.axes_deviation > 1e-6:
        yield f"direction cosines were off by {stack.axes_deviation:.1e} and made orthonormal"
    if stack.plan and stack.plan.shifts:
        yield f"a tilt of {stack.tilt_degrees:.2f} degrees was undone: every slice was moved within its plane"
    if stack.plan and stack.plan.between.any():
        between, slices = int(stack.plan.between.sum()), len(stack.plan.depth_mm)
        yield f"{between} of {slices} slices lie between two and were interpolated"
    if abs(first.tilt_tag_degrees) > TILT_DEGREES and stack.plan is None:
        yield f"the header says {first.tilt_tag_degrees:g} degrees of gantry tilt; the slices' positions show none"
    if not first.frame_of_reference_uid:
        yield "the series names no frame of reference"


def _pixels(frames: tuple[Frame, ...]) -> Iterator[str]:
    first = frames[0]
    if first.modality == "CT" and not first.rescale.given:
        yield "the series has no rescale slope and intercept; stored numbers are taken for Hounsfield units"
    if first.inverted_display:
        yield "MONOCHROME1 concerns the display only; intensities are as rescaled"
    if any(frame.rescale.pads_visibly for frame in frames) and first.modality == "CT":
        yield "pixels marked as padding were set to air"
    if any(frame.lossy for frame in frames):
        yield "the images were compressed with loss"
