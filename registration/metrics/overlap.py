"""Two masks become their Dice overlap, two label maps the labels to compare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.metrics.undefined import UndefinedError

Mask = NDArray[np.bool_]


def dice(one: Mask, other: Mask) -> float:
    """2 |A and B| / (|A| + |B|), 1 is the same. Raises UndefinedError when both are empty."""
    voxels = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    if voxels == 0:
        raise UndefinedError("Dice needs a voxel in one of the masks, both are empty.")
    return 2.0 * int(np.count_nonzero(one & other)) / voxels


def labels_in(*maps: NDArray[np.generic]) -> tuple[int, ...]:
    """The labels of all maps in rising order; 0 is background."""
    found = {int(label) for labels in maps for label in np.unique(labels)}
    return tuple(sorted(found - {0}))
