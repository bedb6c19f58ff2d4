"""A translation becomes a rigid motion where the patient was turned between the scans.

Levenberg-Marquardt on the difference of both scans, each normalised by its mean and deviation over what they share, so
that one may be brighter than the other (least squares as B. Lucas and T. Kanade, 1981, for six parameters). From a good
translation it finds turns of 30 degrees. Few patients are turned: below LEAST_DEGREES, or where the scans do not become
clearly more alike, the translation stays as it was, to the bit, and the deformable part takes up the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor

from registration.field.likeness import value_and_slope
from registration.prealignment.coarse import CoarseScan
from registration.sampling import ChannelMap, PlacedMap, gaussian_blur

LEAST_DEGREES, MOST_DEGREES = 4.0, 60.0
LEAST_GAIN = 0.1
"""Share of what the correlation lacks to one that a turn must make up."""
BLUR = 1.3
"""Standard deviation in voxels; wider ones reach farther, finer ones end closer."""
POINTS, FEWEST = 60_000, 100
"""Most points that are compared, and those that both scans must hold."""
ROUNDS = 30
SETTLED = 1e-5
"""Gain in correlation below which the search ends."""
FIRST_DAMPING, MOST_DAMPING = 1e-2, 1e3
LEAST_SHARED = 0.5
"""Share of the voxels compared at the start that a step must still compare."""
BODY_LEVEL = 0.05

Floats = NDArray[np.float64]


def turned(fixed: CoarseScan, moving: CoarseScan, start: Floats) -> Floats:
    """The rigid motion (4, 4) from fixed to moving points that `start`, a translation, leads to; or `start` itself."""
    pair = _Pair.of(fixed, moving)
    first = pair.at(start)
    matrix, last = _climbed(pair, start, first)
    degrees = float(np.degrees(Rotation.from_matrix(matrix[:3, :3]).magnitude()))
    clear = last.correlation - first.correlation >= LEAST_GAIN * (1 - first.correlation)
    return matrix if clear and LEAST_DEGREES <= degrees <= MOST_DEGREES else start


@dataclass(frozen=True)
class _View:
    """Both scans under one motion: how alike they are, the share of points both hold, and the six normal equations."""

    correlation: float
    shared: float
    hessian: Floats
    gradient: Floats


@dataclass(frozen=True)
class _Pair:
    """Points (N, 3) mm of the fixed scan, their values (N,), the pivot (3,) mm; the moving scan and its inside."""

    points: Tensor
    values: Tensor
    pivot: Floats
    moving: PlacedMap

    @staticmethod
    def of(fixed: CoarseScan, moving: CoarseScan) -> _Pair:
        """Every n-th voxel of the fixed scan; turned about the middle of the body."""
        image, other = (gaussian_blur(scan.image[None], BLUR)[0] for scan in (fixed, moving))
        points = torch.from_numpy(fixed.grid.voxel_points()).float()[fixed.inside]
        values = image[fixed.inside]
        step = max(1, len(points) // POINTS)
        body = points[values > BODY_LEVEL]
        pivot = (body if len(body) else points).double().mean(0).numpy()
        both = torch.stack([other, moving.inside.float()], -1)
        return _Pair(points[::step], values[::step], pivot, ChannelMap(both, moving.grid).placed)

    def at(self, motion: Floats) -> _View:
        """The scans under a motion (4, 4)."""
        turn, shift = torch.from_numpy(motion[:3, :3]).float(), torch.from_numpy(motion[:3, 3]).float()
        places = self.points @ turn.T + shift
        seen, slopes = value_and_slope(self.moving, places)
        held = seen[:, 1] > 0.999
        if int(held.sum()) < FEWEST:
            return _View(-1.0, 0.0, np.eye(6), np.zeros(6))
        fixed, moving = _normal(self.values[held]), _normal(seen[held, 0])
        slope = torch.stack([along[held, 0] for along in slopes], 1) / _deviation(seen[held, 0])
        arms = places[held] - torch.from_numpy(_moved(motion, self.pivot)).float()
        jacobian = torch.cat([torch.linalg.cross(arms, slope), slope], 1).double()
        residual = (moving - fixed).double()
        return _View(
            float((fixed * moving).mean()),
            float(held.float().mean()),
            (jacobian.T @ jacobian).numpy(),
            (jacobian.T @ residual).numpy(),
        )

    def stepped(self, motion: Floats, step: Floats) -> Floats:
        """A motion turned further by the vector step[:3] (radians) about the pivot, then shifted by step[3:] mm."""
        turn = Rotation.from_rotvec(step[:3]).as_matrix() @ motion[:3, :3]
        found = np.eye(4)
        found[:3, :3] = turn
        found[:3, 3] = _moved(motion, self.pivot) + step[3:] - turn @ self.pivot
        return found


def _climbed(pair: _Pair, motion: Floats, view: _View) -> tuple[Floats, _View]:
    """The motion from which no step makes the scans more alike, and what is seen there."""
    damping, shared = FIRST_DAMPING, view.shared
    for _ in range(ROUNDS):
        weighted = view.hessian + damping * np.diag(np.diag(view.hessian)) + 1e-9 * np.eye(6)
        step = np.asarray(-np.linalg.solve(weighted, view.gradient), np.float64)
        ahead = pair.stepped(motion, step)
        there = pair.at(ahead)
        gain = there.correlation - view.correlation
        if gain > 0 and there.shared >= LEAST_SHARED * shared:
            motion, view, damping = ahead, there, max(damping / 3, 1e-4)
            if gain < SETTLED:
                break
        elif (damping := 10 * damping) > MOST_DAMPING:
            break
    return motion, view


def _moved(motion: Floats, point: Floats) -> Floats:
    return np.asarray(motion[:3, :3] @ point + motion[:3, 3])


def _normal(values: Tensor) -> Tensor:
    """Values less their mean, over their deviation."""
    return (values - values.mean()) / _deviation(values)


def _deviation(values: Tensor) -> Tensor:
    return values.std(correction=0).clamp_min(1e-6)
