"""A volume: intensities on a grid. What every reader makes and the method takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Grid
from registration.provenance import DicomSource

DECIMALS = 8
"""Of millimetres and of direction cosines: 1e-8 of them moves no voxel by more than 1e-5 mm."""


@dataclass(frozen=True)
class Volume:
    """Intensities `values` (z, y, x) on `grid`: Hounsfield units for CT, arbitrary for MR, 0/1 or labels for masks.

    source: the DICOM series these very voxels were read from; None for anything else, also for what was made from them.
    """

    values: NDArray[np.float32]
    grid: Grid
    source: DicomSource | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise ValueError(f"values of shape {self.values.shape} on a grid of shape {self.grid.shape} (z, y, x)")


def canonical(volume: Volume) -> Volume:
    """The same voxels, axes in the order and sense nearest to L, P, S: how a scan was stored leaves no trace."""
    grid = volume.grid
    order = _nearest_axes(grid.axes)
    signs = [1.0 if grid.axes[row, axis] > 0 else -1.0 for row, axis in enumerate(order)]
    first = [0 if signs[order.index(axis)] > 0 else grid.size[axis] - 1 for axis in range(3)]
    origin = grid.index_to_mm(first)
    values = volume.values.transpose([2 - axis for axis in reversed(order)])
    values = values[tuple(slice(None, None, int(s)) for s in reversed(signs))]
    size, spacing = ([v[axis] for axis in order] for v in (grid.size, grid.spacing_mm))
    axes = np.stack([sign * grid.axes[:, axis] for sign, axis in zip(signs, order, strict=True)], 1)
    turned = Grid(
        (int(size[0]), int(size[1]), int(size[2])),
        (_even(spacing[0]), _even(spacing[1]), _even(spacing[2])),
        (_even(origin[0]), _even(origin[1]), _even(origin[2])),
        tuple((_even(a), _even(b), _even(c)) for a, b, c in axes),
    )
    return Volume(np.ascontiguousarray(values), turned)


def _even(value: float) -> float:
    """The value without the last digits, in which storages of one scan differ: a keypoint may hang on them."""
    return round(float(value), DECIMALS)


def _nearest_axes(axes: NDArray[np.float64]) -> list[int]:
    """For L, P and S the grid axis that runs along it best, each axis once."""
    best = max(permutations(range(3)), key=lambda order: sum(abs(axes[row, axis]) for row, axis in enumerate(order)))
    return list(best)
