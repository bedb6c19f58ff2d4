"""Loose slices become a stack: ordered along their normal, on a regular grid or, where allowed, put on one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.dicom.frame import Frame
from registration.dicom.irregular import Places, objection_to
from registration.dicom.regridding import Plan, Regridding, planned
from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.geometry.orthonormal import TOLERANCE, nearest_orthonormal, orthonormal_deviation


@dataclass(frozen=True)
class Stack:
    """Frames in order of growing position, `steps_mm` (n-1,) apart, and the grid on which their volume lies.

    plan: how the slices of the grid come from the frames; None where they are the frames themselves.
    """

    frames: tuple[Frame, ...]
    grid: Grid
    steps_mm: Floats
    tilt_degrees: float
    axes_deviation: float
    plan: Plan | None = None

    @property
    def nearest(self) -> tuple[Frame, ...]:
        """For each slice of the grid the frame it is, or the nearest one it was made from."""
        return self.frames if self.plan is None else tuple(self.frames[i] for i in self.plan.nearest)


def stack_frames(frames: list[Frame], regridding: Regridding | None = None) -> Stack:
    """The stack of at least two frames that share size and orientation.

    Raises `ScanError` where they form no regular grid, and with `regridding` only where even that cannot make one.
    """
    axes, deviation = _axes(frames[0])
    order = tuple(sorted(frames, key=lambda f: float(f.position_mm @ axes[:, 2])))
    if len(order) < 2:
        one = order[0]
        message = f"The series {one.series_uid} holds a single slice, instance {one.name}"
        raise ScanError("scan-not-a-volume", message, instances=[one.instance_uid])
    positions = np.array([f.position_mm for f in order])
    places = Places(positions @ axes[:, 2], (positions - positions[0]) @ axes[:, :2])
    objection, plan = objection_to(order, places), None
    if objection:
        if regridding is None:
            objection.message += ". On request (regrid) such a series is resampled to a regular grid."
            raise objection
        plan = planned(order[0].pixel_mm, places, regridding, objection)
    grid = _grid(order, positions[0], axes, places, plan)
    return Stack(order, grid, np.diff(places.depth_mm), places.tilt_degrees, deviation, plan)


def _grid(order: tuple[Frame, ...], first_mm: Floats, axes: Floats, places: Places, plan: Plan | None) -> Grid:
    extent = float(places.depth_mm[-1] - places.depth_mm[0])
    slices = len(plan.below) if plan else len(order)
    wider, taller = plan.margin_px if plan else (0, 0)
    x, y, z = (float(v) for v in first_mm + (axes[:, :2] @ plan.corner_mm if plan else 0))
    size = (order[0].columns + wider, order[0].rows + taller, slices)
    spacing = (*order[0].pixel_mm, extent / (slices - 1))
    return Grid(size, spacing, (x, y, z), tuple((float(a), float(b), float(c)) for a, b, c in axes))


def _axes(frame: Frame) -> tuple[Floats, float]:
    """Orthonormal axes (3, 3) of the slices, and how far the header's were from that."""
    axes = np.stack([frame.along_row, frame.along_column, frame.normal], axis=1)
    deviation = orthonormal_deviation(axes)
    if deviation > TOLERANCE:
        what = f"ImageOrientationPatient of instance {frame.name}"
        message = f"{what} is not orthonormal: off by {deviation:.4f}, accepted {TOLERANCE}"
        raise ScanError("series-geometry-missing", message, deviation=deviation, instances=[frame.instance_uid])
    return nearest_orthonormal(axes), deviation
