"""Closed planar contours become a mask: voxels whose centres they enclose, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from registration.errors import ScanError
from registration.geometry import Grid
from registration.geometry.grid import Floats

FLAT = 0.5
"""Slices by which the points of one contour may differ: a contour lies in a slice."""
SAME_PLANE = 0.1
"""Slices by which contours of one plane may differ: positions are rounded."""
EDGES = 4096
"""Edges that are looked at together; each may cross every row."""

Plane = tuple[float, list[Floats]]


def filled(contours: Sequence[Floats], grid: Grid) -> NDArray[np.bool_]:
    """Voxels (z, y, x) inside contours, each (N, 3) mm: even-odd where contours of one plane enclose each other.

    A contour belongs to its nearest slice. Where contours are drawn further apart than slices, as on every second one,
    slices between two take the nearer one's. Raises `mask-grid-mismatch` for contours across the slices.
    """
    placed = [grid.mm_to_index(one) for one in contours if len(one) > 2]
    for one in placed:
        if np.ptp(one[:, 2]) > FLAT:
            message = f"A contour runs across {np.ptp(one[:, 2]):.1f} slices instead of lying in one"
            raise ScanError("mask-grid-mismatch", message)
    mask = np.zeros(grid.shape, bool)
    for z, drawn in _slices(_planes(placed), grid.size[2]):
        for one in drawn:
            toggle(mask[z], one[:, :2])
    return mask


def _planes(contours: list[Floats]) -> list[Plane]:
    """Contours that lie together, by growing position of their plane (in slices)."""
    planes: list[Plane] = []
    for one in sorted(contours, key=lambda points: float(np.median(points[:, 2]))):
        place = float(np.median(one[:, 2]))
        if planes and place - planes[-1][0] <= SAME_PLANE:
            planes[-1][1].append(one)
        else:
            planes.append((place, [one]))
    return planes


def _slices(planes: list[Plane], slices: int) -> Iterator[tuple[int, list[Floats]]]:
    """Each slice that contours reach, and those of the nearest plane."""
    places = np.array([place for place, _ in planes])
    reach = max(0.5, float(np.median(np.diff(places))) / 2) if len(planes) > 1 else 0.5
    for z in range(slices if planes else 0):
        nearest = int(np.argmin(np.abs(places - z)))
        if abs(places[nearest] - z) <= reach:
            yield z, planes[nearest][1]


def toggle(mask: NDArray[np.bool_], contour: Floats) -> None:
    """Turns over the pixels (y, x) whose centres a contour (N, 2), in pixels (x, y), encloses by the even-odd rule.

    Along each row every crossing of the contour changes inside to outside for all pixels behind it.
    """
    rows, columns = mask.shape
    crossings = np.zeros((rows, columns + 1), np.int32)
    following = np.roll(contour, -1, axis=0)
    for start in range(0, len(contour), EDGES):
        row, at = _crossings(contour[start : start + EDGES], following[start : start + EDGES], rows)
        np.add.at(crossings, (row, np.clip(np.ceil(at), 0, columns).astype(int)), 1)
    mask ^= np.cumsum(crossings[:, :-1], axis=1) % 2 == 1


def _crossings(begin: Floats, end: Floats, rows: int) -> tuple[NDArray[np.intp], Floats]:
    """Row and place along it where edges (from `begin` to `end`, (N, 2) pixels) cross rows of pixel centres."""
    first = np.clip(np.ceil(np.minimum(begin[:, 1], end[:, 1])), 0, rows).astype(int)
    last = np.clip(np.ceil(np.maximum(begin[:, 1], end[:, 1])), 0, rows).astype(int)  # not crossed any more
    edge = np.repeat(np.arange(len(begin)), last - first)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    a, b = begin[edge], end[edge]
    return row, a[:, 0] + (row - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
