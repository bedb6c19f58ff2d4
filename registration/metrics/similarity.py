"""Two images on one grid become their correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError


def ncc(one: NDArray[np.float32], other: NDArray[np.float32], mask: Mask | None = None) -> float:
    """Normalised cross-correlation of two arrays of one shape, inside a mask where there is one: -1 to 1.

    Raises UndefinedError where one of them is flat: nothing varies, so nothing varies together.
    """
    a, b = ((v if mask is None else v[mask]).astype(np.float64).ravel() for v in (one, other))
    if not (a.size and np.ptp(a) and np.ptp(b)):
        raise UndefinedError("Correlation needs intensities that vary, one image is flat or the mask is empty.")
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
