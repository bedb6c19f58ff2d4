"""Voxel displacements become the figures of Learn2Reg's evaluator (version 2.0), with its habits.

Arrays are (X, Y, Z) as in its files, displacements (X, Y, Z, 3) in voxels along the array axes: fixed voxel + d =
moving voxel. Each habit is named where it is followed; `docs/evaluation.md` lists them beside the honest figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map, sd_log_jacobian_learn2reg
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.metrics.overlap import Mask
from registration.metrics.undefined import UndefinedError

UNIT = (1.0, 1.0, 1.0)
"""The spacing that its HD95 takes for granted: in voxels, whatever the scan's."""
THIRTY = {"tre": 0.7, "sd_log_jacobian": 0.7, "dice": 0.3, "hd95": 0.3}
"""Quantile of the case means behind the evaluator's "30": the bad third, except for HD95, where 0.3 is the good one."""

Labels = NDArray[np.float32]


@dataclass(frozen=True)
class Aggregate:
    """The evaluator's three numbers: mean, population standard deviation and "30" over `count` cases."""

    count: int
    mean: float
    sd: float
    thirty: float


def tre(vectors: Floats, fixed: Floats, moving: Floats, moving_spacing: Sequence[float]) -> Floats:
    """Errors (N,) of keypoints (N, 3) in voxels, as it calls mm: it reads the field by cubic splines, 0 outside."""
    moved = np.stack([map_coordinates(component, fixed.T) for component in np.moveaxis(vectors, -1, 0)], axis=1)
    return np.asarray(np.linalg.norm((fixed + moved - moving) * moving_spacing, axis=1))


def sd_log_jacobian(vectors: Floats, mask: Mask | None = None) -> float:
    """Std of log(J + 3) without two border voxels, inside the mask (X, Y, Z) where there is one: folds hardly count."""
    x, y, z = vectors.shape[:3]
    planes = DisplacementField(np.ascontiguousarray(vectors.transpose(2, 1, 0, 3), np.float32), Grid((x, y, z), UNIT))
    inside = None if mask is None else mask.transpose(2, 1, 0)
    found = sd_log_jacobian_learn2reg(jacobian_map(planes), inside)
    if np.isnan(found):
        raise UndefinedError("SDlogJ needs voxels: without two border voxels nothing of the mask is left.")
    return found


def pulled(labels: Labels, vectors: Floats) -> Labels:
    """Moving labels at the fixed voxels, the nearest one's, 0 outside."""
    places = np.moveaxis(vectors, -1, 0) + np.indices(vectors.shape[:3])
    return np.asarray(map_coordinates(labels, places, order=0))


def aggregate(values: Sequence[float], kind: str) -> Aggregate:
    """Its three numbers of the case values of one kind of `THIRTY`; it takes the mean over labels beforehand."""
    found = np.asarray(values, np.float64)
    return Aggregate(len(found), float(found.mean()), float(found.std()), float(np.quantile(found, THIRTY[kind])))
