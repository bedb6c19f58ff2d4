"""Slices that are tilted, unequally spaced or missing are put on a regular grid, by linear interpolation, on request.

Across the slices only: a tilt is a shift of each slice within its plane, a gap is bridged between its two neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.dicom.irregular import Places
from registration.errors import ScanError
from registration.geometry.grid import Floats

SAME_DEPTH_MM = 0.01
"""Slices closer together than this lie side by side, and form no stack."""


@dataclass(frozen=True)
class Regridding:
    """What a caller allows. A gap hides whatever is shorter than itself, so that it is bridged up to a limit only."""

    largest_gap_mm: float = 12.0
    """Between two neighbouring slices."""
    largest_tilt_degrees: float = 45.0
    """No gantry tilts further; slices that shift more do not come from one scan."""


@dataclass(frozen=True)
class Plan:
    """Slice k of the grid lies at `depth_mm[k]`, `weight[k]` of the way from frame `below[k]` to the next one.

    shift_px (frames, 2): where the first pixel of each frame lies in the grid's planes, columns and rows.
    corner_mm (2,): the first voxel of the grid from that of the first frame, along rows and columns.
    margin_px: columns and rows that the grid has more than a frame. reason: the code that it answers.
    """

    reason: str
    depth_mm: Floats
    below: NDArray[np.intp]
    weight: Floats
    shift_px: Floats
    corner_mm: Floats
    margin_px: tuple[int, int]

    @property
    def nearest(self) -> NDArray[np.intp]:
        """The nearest frame of each slice."""
        return self.below + (self.weight > 0.5)

    @property
    def between(self) -> NDArray[np.bool_]:
        """Slices that are no frame's, but interpolated between two."""
        return (self.weight > 0) & (self.weight < 1)

    @property
    def shifts(self) -> bool:
        """Whether frames are moved within their planes."""
        return bool(self.shift_px.any())


def planned(pixel_mm: tuple[float, float], places: Places, allowed: Regridding, objection: ScanError) -> Plan:
    """How to put the slices on a grid of their usual spacing. Raises `objection` for what is beyond the allowed."""
    if np.diff(places.depth_mm).min() <= SAME_DEPTH_MM:
        raise objection
    if np.diff(places.depth_mm).max() > max(allowed.largest_gap_mm, 1.5 * places.step_mm):
        objection.message += f". Gaps of up to {allowed.largest_gap_mm:g} mm can be bridged"
        raise objection
    extent = places.depth_mm[-1] - places.depth_mm[0]
    if places.drift_mm > np.tan(np.radians(allowed.largest_tilt_degrees)) * extent:
        objection.message += f". Tilts of up to {allowed.largest_tilt_degrees:g} degrees can be undone"
        raise objection
    depth = np.linspace(places.depth_mm[0], places.depth_mm[-1], round(float(extent) / places.step_mm) + 1)
    below, weight = _between_frames(depth, places)
    sideways = places.sideways_mm if places.drifts(pixel_mm) else np.zeros_like(places.sideways_mm)
    corner = sideways.min(0)
    shift = (sideways - corner) / pixel_mm
    margin = np.ceil(shift.max(0) - 1e-6).astype(int)
    return Plan(objection.code, depth, below, weight, shift, corner, (int(margin[0]), int(margin[1])))


def _between_frames(depth: Floats, places: Places) -> tuple[NDArray[np.intp], Floats]:
    """Index and weight of each depth among the frames; within rounding of a frame it is that frame."""
    below = np.clip(np.searchsorted(places.depth_mm, depth, side="right") - 1, 0, len(places.depth_mm) - 2)
    steps = np.diff(places.depth_mm)[below]
    weight = np.clip((depth - places.depth_mm[below]) / steps, 0, 1)
    near = places.tolerance_mm / steps
    return below, np.where(weight <= near, 0.0, np.where(weight >= 1 - near, 1.0, weight))


def regridded(frames: NDArray[np.float32], plan: Plan, background: float) -> Iterator[NDArray[np.float32]]:
    """The slices of the grid, in order, from all frames (n, rows, columns). `background` fills what no frame covers."""
    for index, weight in zip(plan.below, plan.weight, strict=True):
        low = _placed(frames[index], plan.shift_px[index], plan.margin_px, background) if weight < 1 else 0
        high = _placed(frames[index + 1], plan.shift_px[index + 1], plan.margin_px, background) if weight > 0 else 0
        yield np.asarray((1 - np.float32(weight)) * low + np.float32(weight) * high, np.float32)


def _placed(
    frame: NDArray[np.float32], shift_px: Floats, margin_px: tuple[int, int], background: float
) -> NDArray[np.float32]:
    """A frame moved by a fraction of pixels into a larger plane."""
    for axis, shift, margin in ((1, shift_px[0], margin_px[0]), (0, shift_px[1], margin_px[1])):
        if margin:
            frame = _moved(frame, float(shift), margin, axis, background)
    return frame


def _moved(frame: NDArray[np.float32], shift: float, margin: int, axis: int, fill: float) -> NDArray[np.float32]:
    whole = min(int(shift), margin)
    part = np.float32(shift - whole)
    widths = [(0, 0), (0, 0)]
    widths[axis] = (whole + 1, margin - whole)
    wide = np.pad(frame, widths, constant_values=fill)
    here, before = (np.take(wide, range(i, wide.shape[axis] - 1 + i), axis) for i in (1, 0))
    return np.asarray((1 - part) * here + part * before)
