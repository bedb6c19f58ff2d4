"""A field with holes becomes one without: undefined vectors take the mean of the nearest block that knows any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.errors import ScanError

Vectors = NDArray[np.float32]


def continued(vectors: Vectors) -> Vectors:
    """Vectors (z, y, x, 3) with every NaN filled, the known ones as they are. Raises `field-unreadable` if all are NaN.

    Means of known vectors over blocks of 2, 4, 8, ... points; each hole takes the smallest block that is not a hole.
    """
    unknown = np.asarray(np.isnan(vectors).any(-1))
    if not unknown.any():
        return vectors
    if unknown.all():
        raise ScanError("field-unreadable", "the field is undefined everywhere.")
    coarse = continued(_block_means(vectors, np.logical_not(unknown)))
    z, y, x = np.nonzero(unknown)
    filled = vectors.copy()
    filled[z, y, x] = coarse[z // 2, y // 2, x // 2]
    return filled


def _block_means(vectors: Vectors, known: NDArray[np.bool_]) -> Vectors:
    """Means of the known vectors of each block of 2 x 2 x 2, NaN where none is; odd ends make smaller blocks."""
    total, count = np.where(known[..., None], vectors, 0), known.astype(np.float32)[..., None]
    for axis in range(3):
        starts = np.arange(0, vectors.shape[axis], 2)
        total, count = (np.add.reduceat(a, starts, axis) for a in (total, count))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count, np.float32)  # 0 / 0 is NaN
