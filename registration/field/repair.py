"""Fold repair: where the field turns tissue inside out, it is smoothed until it does not."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map
from registration.geometry import Grid
from registration.sampling import gaussian_blur

MAX_ROUNDS = 10
"""Real pairs take up to 7. A fold that outlasts this is left: smoothing wider would take half the scan with it."""
REACH_MM = 8.0
"""How far around a fold the field is smoothed."""
WIDTH_MM = 4.0
"""Width of the smoothing in the first round; it grows by a tenth each round."""


def repaired(vectors: NDArray[np.float32], grid: Grid, *, floor: float) -> tuple[NDArray[np.float32], int]:
    """Vectors (z, y, x, 3) mm with det J >= floor where that is possible, and the number of rounds it took.

    Away from folds not a bit changes; a field without folds is returned as it is. Memory: the field once more.
    """
    mended = vectors
    for done in range(MAX_ROUNDS):
        bad = jacobian_map(DisplacementField(mended, grid)) < floor
        if not bad.any():
            return mended, done
        if mended is vectors:
            mended = vectors.copy()
        _smooth_around(mended, bad, grid, WIDTH_MM * 1.1**done)
    return mended, MAX_ROUNDS


def _smooth_around(vectors: NDArray[np.float32], bad: NDArray[np.bool_], grid: Grid, width_mm: float) -> None:
    """Replace vectors (z, y, x, 3) near bad voxels by their blur, blended in over the reach; in place."""
    spacing = grid.spacing_mm[::-1]
    margin = [int(np.ceil((REACH_MM + 3 * width_mm) / s)) for s in spacing]
    for box in _boxes(bad, margin):
        distance = ndimage.distance_transform_edt(~bad[box], sampling=spacing)
        blend = np.clip(1.5 - distance / REACH_MM * 1.5, 0.0, 1.0).astype(np.float32)
        part = vectors[box]
        sigma = (width_mm / spacing[0], width_mm / spacing[1], width_mm / spacing[2])
        planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(part, -1, 0)))
        blurred = np.moveaxis(gaussian_blur(planes, sigma).numpy(), 0, -1)
        part += blend[..., None] * (blurred - part)


def _boxes(bad: NDArray[np.bool_], margin: list[int]) -> list[tuple[slice, slice, slice]]:
    """Boxes that hold the bad voxels and a margin, one for each cluster; they may overlap."""
    wide = ndimage.binary_dilation(bad, iterations=2)
    boxes = []
    for found in ndimage.find_objects(ndimage.label(wide)[0]):
        z, y, x = (slice(max(0, s.start - m), s.stop + m) for s, m in zip(found, margin, strict=True))
        boxes.append((z, y, x))
    return boxes
