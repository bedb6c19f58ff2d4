"""Fold repair: where the field turns tissue inside out, it is smoothed until it does not."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map, jacobian_within
from registration.geometry import Box, Grid
from registration.sampling import gaussian_blur

MAX_ROUNDS = 10
"""Real pairs take up to 7. A fold that outlasts this is left: smoothing wider would take half the scan with it."""
REACH_MM = 8.0
"""How far around a fold the field is smoothed."""
WIDTH_MM = 4.0
"""Width of the smoothing in the first round; it grows by a tenth each round."""
CELL = 4
"""Voxels along the edge of a cell; folds in cells that touch are mended together."""


def repaired(vectors: NDArray[np.float32], grid: Grid, *, floor: float) -> tuple[NDArray[np.float32], int]:
    """Vectors (z, y, x, 3) mm with det J >= floor where that is possible, and the number of rounds it took.

    Away from folds not a bit changes, and after the first round nothing is looked at there; a field without folds is
    returned as it is. Memory: the field once more.
    """
    bad = jacobian_map(DisplacementField(vectors, grid)) < floor
    if not bad.any():
        return vectors, 0
    mended = vectors.copy()
    for done in range(MAX_ROUNDS):
        boxes = _boxes(bad, grid, REACH_MM + 3 * WIDTH_MM * 1.1**done)
        for box in boxes:
            _smooth(mended[box.slices], bad[box.slices], grid, WIDTH_MM * 1.1**done)
        for box in boxes:
            touched = box.grown(1, grid.size)
            bad[touched.slices] = jacobian_within(DisplacementField(mended, grid), touched) < floor
        if not bad.any():
            return mended, done + 1
    return mended, MAX_ROUNDS


def _smooth(vectors: NDArray[np.float32], bad: NDArray[np.bool_], grid: Grid, width_mm: float) -> None:
    """Replace vectors (z, y, x, 3) near bad voxels (z, y, x) by their blur, blended in over the reach; in place."""
    spacing = grid.spacing_mm[::-1]
    distance = ndimage.distance_transform_edt(~bad, sampling=spacing)
    blend = np.clip(1.5 - distance / REACH_MM * 1.5, 0.0, 1.0).astype(np.float32)
    planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(vectors, -1, 0)))
    sigma = (width_mm / spacing[0], width_mm / spacing[1], width_mm / spacing[2])
    blurred = np.moveaxis(gaussian_blur(planes, sigma).numpy(), 0, -1)
    vectors += blend[..., None] * (blurred - vectors)


def _boxes(bad: NDArray[np.bool_], grid: Grid, margin_mm: float) -> list[Box]:
    """Boxes that hold the bad voxels and a margin, one for each cluster of cells that touch; they may overlap."""
    voxels = np.argwhere(bad)[:, ::-1]  # (x, y, z)
    places, cells = tuple((voxels // CELL).T), np.zeros([n // CELL + 1 for n in grid.size], bool)
    cells[places] = True
    labels, count = ndimage.label(cells, np.ones((3, 3, 3)))
    cluster, every = labels[places], np.arange(1, count + 1)
    low = np.stack([ndimage.minimum(v, cluster, every) for v in voxels.T], 1)
    high = np.stack([ndimage.maximum(v, cluster, every) for v in voxels.T], 1)
    margin = np.ceil(margin_mm / np.asarray(grid.spacing_mm))
    low, high = np.maximum(low - margin, 0).astype(int), np.minimum(high + 1 + margin, grid.size).astype(int)
    return [Box((a, b, c), (d, e, f)) for (a, b, c), (d, e, f) in zip(low.tolist(), high.tolist(), strict=True)]
