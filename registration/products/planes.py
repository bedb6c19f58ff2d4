"""Arrays on any grid become three pictures as radiologists hang them, with the points and vectors that lie in them.

The grid's axes are matched to the nearest patient axes: axial and coronal show the patient's right on the left,
anterior or superior up; sagittal shows anterior on the left. Nothing is resampled; an oblique grid stays oblique.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Box, Grid

PlaneName = Literal["axial", "coronal", "sagittal"]
IN_PLANE: dict[PlaneName, tuple[int, int, int]] = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}
"""Patient axes (L = 0, P = 1, S = 2): to the right, vertical, through the plane."""
Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Plane:
    """One slice through `index` (x, y, z); `right`, `vertical` and `through` are grid axes, `flips` turn them."""

    name: PlaneName
    grid: Grid
    index: tuple[int, int, int]
    right: int
    vertical: int
    through: int
    flips: tuple[bool, bool]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top in mm from the corner of the picture; rows run downwards."""
        width, height = (self.grid.size[a] * self.grid.spacing_mm[a] for a in (self.right, self.vertical))
        return 0.0, width, height, 0.0

    @property
    def box(self) -> Box:
        """The voxels of the slice."""
        start, stop = [0, 0, 0], list(self.grid.size)
        start[self.through] = self.index[self.through]
        stop[self.through] = start[self.through] + 1
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    def cut(self, values: NDArray[np.float32]) -> Picture:
        """The picture (rows, columns, ...) of an array (z, y, x, ...) over the grid."""
        return self.hung(values[self.box.slices])

    def hung(self, values: NDArray[np.float32]) -> Picture:
        """The picture (rows, columns, ...) of an array (z, y, x, ...) over the box."""
        picture = np.moveaxis(values, (2 - self.through, 2 - self.vertical, 2 - self.right), (0, 1, 2))
        return self._turned(picture[0])

    def within(self, vectors_mm: Picture) -> Picture:
        """Displacements (rows, columns, 2) within the plane, mm to the right and downwards, of (rows, columns, 3)."""
        along = vectors_mm @ self.grid.axes[:, [self.right, self.vertical]].astype(np.float32)
        return along * np.where(self.flips, -1, 1).astype(np.float32)

    def place(self, points_mm: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positions (N, 2) in the picture and distances (N,) from the plane, both mm, of patient points (N, 3)."""
        offset = (self.grid.mm_to_index(points_mm) + 0.5) * self.grid.spacing_mm
        flat = offset[:, [self.right, self.vertical]]
        ends = np.array([self.extent[1], self.extent[2]])
        distance = np.abs(
            offset[:, self.through] - (self.index[self.through] + 0.5) * self.grid.spacing_mm[self.through]
        )
        return np.where(self.flips, ends - flat, flat), distance

    def _turned(self, picture: Picture) -> Picture:
        across, down = self.flips
        picture = picture[:, ::-1] if across else picture
        return picture[::-1] if down else picture


def planes_through(grid: Grid, index: tuple[int, int, int]) -> list[Plane]:
    """Axial, coronal and sagittal slices through a voxel (x, y, z)."""
    nearest = _nearest_axes(grid)
    signs = [grid.axes[patient, axis] for patient, axis in enumerate(nearest)]
    planes = []
    for name, (right, vertical, through) in IN_PLANE.items():
        across, down = signs[right] < 0, signs[vertical] < 0
        flips = (bool(across), bool(down if name == "axial" else not down))  # superior is up
        planes.append(Plane(name, grid, index, nearest[right], nearest[vertical], nearest[through], flips))
    return planes


def _nearest_axes(grid: Grid) -> tuple[int, int, int]:
    """For L, P and S the grid axis that runs most along it, each used once."""
    left = np.abs(grid.axes)
    chosen = [0, 0, 0]
    for _ in range(3):
        patient, axis = np.unravel_index(np.argmax(left), left.shape)
        chosen[patient] = int(axis)
        left[patient], left[:, axis] = -1, -1
    return chosen[0], chosen[1], chosen[2]
