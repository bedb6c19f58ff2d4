"""A field becomes its smoothness: std of log J where J > 0, percentage of J <= 0, everywhere or inside a mask.

J and Learn2Reg's shifted variant are defined in `registration.field.jacobian`, for every reader the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import JacobianFigures, jacobian_figures, jacobian_map
from registration.metrics.undefined import UndefinedError


def folding(field: DisplacementField, mask: NDArray[np.bool_] | None = None) -> JacobianFigures:
    """Figures of the whole field, or of the voxels of a mask (z, y, x).

    Raises UndefinedError when the mask is empty, or when J <= 0 everywhere: then log J is nothing.
    """
    if mask is not None and not mask.any():
        raise UndefinedError("The Jacobian inside a mask needs a voxel in it, the mask is empty.")
    found = jacobian_figures(jacobian_map(field), mask)
    if found.folds_percent == 100.0:
        raise UndefinedError("The std of log J needs voxels with J > 0, every voxel is folded.")
    return found
