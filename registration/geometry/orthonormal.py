"""Nearly orthonormal axes become orthonormal ones: headers round their direction cosines."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from registration.geometry.grid import Floats

TOLERANCE = 1e-3
"""Largest entry of |AᵀA - 1| that is rounding and not a shear; 0.06 degrees."""


def orthonormal_deviation(axes: ArrayLike) -> float:
    """Largest entry of |AᵀA - 1| of axes (3, 3), columns of unit length expected; infinite when they are not finite."""
    matrix = np.asarray(axes, np.float64)
    if not np.isfinite(matrix).all():
        return float("inf")
    return float(np.abs(matrix.T @ matrix - np.eye(3)).max())


def nearest_orthonormal(axes: ArrayLike) -> Floats:
    """The orthonormal axes (3, 3) closest to the given ones: the rotation (or reflection) U Vᵀ of A = U S Vᵀ."""
    left, _, right = np.linalg.svd(np.asarray(axes, np.float64))
    return np.asarray(left @ right)
