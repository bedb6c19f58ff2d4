"""Signed distances become intensities: negative inside, positive outside, and a ramp of partial volume between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
"""Values per point: float32 where images are painted, float64 where points are mapped."""


def share_inside(distance_mm: Values, ramp_mm: float = 1.2) -> Values:
    """How much of each point lies inside a surface, in [0, 1]: linear over `ramp_mm` around the surface."""
    return np.asarray(np.clip(0.5 - distance_mm / ramp_mm, 0, 1), np.float32)


def paint(canvas: Values, value: Values | float, distance_mm: Values, ramp_mm: float = 1.2) -> Values:
    """The canvas with `value` inside a surface."""
    return np.asarray(canvas + (value - canvas) * share_inside(distance_mm, ramp_mm), np.float32)


def ellipsoid(points: Values, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Values:
    """Approximate signed distance (N,) mm of points (N, 3) to an ellipsoid along the patient axes; exact for a ball."""
    scaled = (points - np.asarray(centre, np.float32)) / np.asarray(radii, np.float32)
    near = np.sqrt(np.einsum("ni,ni->n", scaled, scaled)) + 1e-6
    steep = scaled / np.asarray(radii, np.float32)
    slope = np.sqrt(np.einsum("ni,ni->n", steep, steep)) + 1e-6
    return np.asarray(near * (near - 1) / slope, np.float32)


def smooth_step(values: Values, start: float, stop: float) -> tuple[Values, Values]:
    """A step from 0 at `start` to 1 at `stop` with two continuous derivatives, and its derivative."""
    t = np.clip((values - start) / (stop - start), 0, 1)
    step = t * t * t * (t * (6 * t - 15) + 10)
    slope = 30 * t * t * (1 - t) * (1 - t) / (stop - start)
    return np.asarray(step), np.asarray(slope)
