"""Closed planar contours become a mask: voxels whose centres they enclose, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.path import Path as Polygon
from numpy.typing import NDArray

from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats

FLAT = 0.5
"""Slices by which the points of one contour may differ: a contour lies in a slice."""


def filled(contours: Sequence[Floats], grid: Grid) -> NDArray[np.bool_]:
    """Voxels (z, y, x) inside contours, each (N, 3) mm: even-odd where contours of one plane enclose each other.

    A contour belongs to its nearest slice. Where contours are drawn further apart than slices, as on every second one,
    slices between two take the nearer one's. Raises `mask-grid-mismatch` for contours across the slices.
    """
    placed = [grid.mm_to_index(one) for one in contours if len(one) > 2]
    planes = [float(np.median(one[:, 2])) for one in placed]
    for one in placed:
        if np.ptp(one[:, 2]) > FLAT:
            raise ScanError(
                "mask-grid-mismatch", f"A contour runs across {np.ptp(one[:, 2]):.1f} slices instead of lying in one"
            )
    mask = np.zeros(grid.shape, bool)
    for z, plane in _slices(sorted(set(np.round(planes, 2))), grid.size[2]):
        for one, own in zip(placed, planes, strict=True):
            if round(own, 2) == plane:
                _toggle(mask[z], one[:, :2])
    return mask


def _slices(planes: list[float], slices: int) -> Iterator[tuple[int, float]]:
    """Each slice that contours reach, and the nearest plane of contours."""
    reach = max(0.5, float(np.median(np.diff(planes))) / 2) if len(planes) > 1 else 0.5
    for z in range(slices):
        plane = min(planes, key=lambda one: abs(one - z), default=np.inf)
        if abs(plane - z) <= reach:
            yield z, plane


def _toggle(mask: NDArray[np.bool_], contour: Floats) -> None:
    """Turns over the pixels (y, x) of a slice that a contour (N, 2), in pixels (x, y), encloses."""
    rows, columns = mask.shape
    low = np.maximum(np.ceil(contour.min(0)).astype(int), 0)
    high = np.minimum(np.floor(contour.max(0)).astype(int), (columns - 1, rows - 1))
    if (high < low).any():
        return
    y, x = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
    inside = Polygon(contour, closed=False).contains_points(np.stack([x.ravel(), y.ravel()], 1))
    mask[low[1] : high[1] + 1, low[0] : high[0] + 1] ^= inside.reshape(x.shape)
