"""Loose slices become a stack: ordered along their normal, checked for gaps, unequal spacing and tilt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.dicom.frame import Frame
from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.geometry.orthonormal import TOLERANCE, nearest_orthonormal, orthonormal_deviation

STEP_TOLERANCE = 0.02
"""Two steps are equal when they differ by less than this share of the median step, or by ROUNDING_MM."""
ROUNDING_MM = 0.03
DRIFT_TOLERANCE = 0.25
"""Sideways drift of the whole stack, in pixels, above which it counts as tilted."""


@dataclass(frozen=True)
class Stack:
    """Frames in order of growing position on `grid`, `steps_mm` (n-1,) apart; tilt and rounding found on the way."""

    frames: tuple[Frame, ...]
    grid: Grid
    steps_mm: Floats
    tilt_degrees: float
    axes_deviation: float


def stack_frames(frames: list[Frame]) -> Stack:
    """The stack of at least two frames that share size and orientation. Raises `ScanError` where they form no grid."""
    axes, deviation = _axes(frames[0])
    order = sorted(frames, key=lambda f: float(f.position_mm @ axes[:, 2]))
    if len(order) < 2:
        raise ScanError("scan-not-a-volume", f"The series {order[0].series_uid} holds a single slice")
    positions = np.array([f.position_mm for f in order])
    depth = positions @ axes[:, 2]  # (n,) mm along the normal
    tilt = _tilt(order[0], positions, axes)
    _check_steps(order, depth)
    first, last = order[0], depth[-1] - depth[0]
    size = (first.columns, first.rows, len(order))
    spacing = (*first.pixel_mm, float(last / (len(order) - 1)))
    origin = (float(positions[0, 0]), float(positions[0, 1]), float(positions[0, 2]))
    grid = Grid(size, spacing, origin, tuple((float(a), float(b), float(c)) for a, b, c in axes))
    return Stack(tuple(order), grid, np.diff(depth), tilt, deviation)


def _axes(frame: Frame) -> tuple[Floats, float]:
    """Orthonormal axes (3, 3) of the slices, and how far the header's were from that."""
    axes = np.stack([frame.along_row, frame.along_column, frame.normal], axis=1)
    deviation = orthonormal_deviation(axes)
    if deviation > TOLERANCE:
        what = f"ImageOrientationPatient of instance {frame.instance_uid}"
        message = f"{what} is not orthonormal: off by {deviation:.4f}, accepted {TOLERANCE}"
        raise ScanError("series-geometry-missing", message, deviation=deviation)
    return nearest_orthonormal(axes), deviation


def _tilt(first: Frame, positions: Floats, axes: Floats) -> float:
    """Angle in degrees between the slice normal and the way from first to last slice; refused when it shifts pixels."""
    sideways = (positions - positions[0]) @ axes[:, :2]  # (n, 2) mm in the slice plane
    way = positions[-1] - positions[0]
    angle = float(np.degrees(np.arctan2(np.linalg.norm(sideways[-1]), abs(way @ axes[:, 2]))))
    drift = float(np.linalg.norm(sideways, axis=1).max())
    if drift > DRIFT_TOLERANCE * min(first.pixel_mm):
        what = f"The slices shift sideways by up to {drift:.2f} mm: gantry tilt of {angle:.2f} degrees"
        message = f"{what}. Resample the series to upright slices first."
        raise ScanError("series-tilted", message, tilt_degrees=angle, drift_mm=drift)
    return angle


def _check_steps(order: list[Frame], depth: Floats) -> None:
    """Objects to gaps that are whole numbers of slices (missing) and to any other unequal steps."""
    steps = np.diff(depth)
    step = float(np.median(steps))
    tolerance = max(STEP_TOLERANCE * step, ROUNDING_MM)
    uneven = np.flatnonzero(np.abs(steps - step) > tolerance)
    if not len(uneven):
        return
    missing = np.rint(steps[uneven] / step) - 1 if step > 0 else np.zeros(len(uneven))
    whole = np.abs(steps[uneven] - (missing + 1) * step) <= tolerance * (missing + 1)
    if step > 0 and np.all(whole & (missing >= 1)):
        _object_to_gaps(order, depth, uneven, missing)
    gaps = ", ".join(f"{steps[i]:.3f} mm after {depth[i]:.2f} mm" for i in uneven[:5])
    message = f"Slices must be equally spaced: {step:.3f} mm apart by median, but {len(uneven)} steps differ: {gaps}"
    raise ScanError(
        "series-unequal-spacing", message, median_mm=step, smallest_mm=float(steps.min()), largest_mm=float(steps.max())
    )


def _object_to_gaps(order: list[Frame], depth: Floats, gaps: np.ndarray, missing: Floats) -> None:
    listing = [
        {
            "missing": int(n),
            "between_mm": [round(float(depth[i]), 3), round(float(depth[i + 1]), 3)],
            "between_instances": [order[i].instance_uid, order[i + 1].instance_uid],
        }
        for i, n in zip(gaps, missing, strict=True)
    ]
    text = "; ".join(
        f"{g['missing']} between {g['between_mm']} mm (instances {' and '.join(g['between_instances'])})"  # type: ignore[arg-type]
        for g in listing[:5]
    )
    total = int(missing.sum())
    raise ScanError("series-missing-slices", f"{total} slices are missing: {text}", gaps=listing)
