"""A synthetic pair becomes a case for the kernel: the real matcher's keys, mistakes included, and the true field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.kernel.keys import Keys
from registration.keypoints.detect import body_mask, detect_keypoints
from registration.model import Model
from registration.prealignment import align
from registration.presets import PRESETS
from registration.training.stored_tensors import StoredTensors
from registration.training.synthetic import SyntheticPair
from registration.working import WorkingPair, working_pair

QUERIES = 5000
PARTNER_MM = 4.0
"""The step of the lattice on which registration asks the kernel."""
KEYPOINTS = (768, 1537)  # from each scan: the density varies as it does between scans
REACH_MM = 40.0


@dataclass(frozen=True)
class KernelCase(StoredTensors):
    """Keys and the truth about them, and dense queries; all in the pre-aligned frame, millimetres.

    points, displacement, truth (N, 3): of the keys; known (N,) bool: the true target lies in the moving scan;
    confidence (N,), statistics (N, S): what the matcher knows. queries (Q, 4, 3): points and their neighbours 4 mm
    farther along x, y and z; wanted (Q, 4, 3): their true displacements.
    """

    points: Tensor
    displacement: Tensor
    confidence: Tensor
    statistics: Tensor
    truth: Tensor
    known: Tensor
    queries: Tensor
    wanted: Tensor

    @property
    def keys(self) -> Keys:
        """The keys as every kernel takes them."""
        return Keys(self.points, self.displacement, self.confidence, self.statistics)


def kernel_case(pair: SyntheticPair, model: Model, seed: int) -> KernelCase:
    """Match the pair as registration does and note what is true. `model` decides the features."""
    rng = np.random.default_rng(seed)
    preset = PRESETS["auto"]
    to_moving = align(pair.fixed, pair.moving, preset)
    working = working_pair(pair.fixed, pair.moving, to_moving=to_moving, preset=preset, step_mm=2.0, reach_mm=REACH_MM)
    keys = _matched_keys(working, model, int(rng.integers(*KEYPOINTS)))
    shift = to_moving[:3, 3]
    queries = _queries(pair, working, rng)
    return KernelCase(
        keys.points,
        keys.displacement,
        keys.confidence,
        keys.statistics,
        _truth(pair, keys.points.numpy(), shift),
        torch.from_numpy(pair.within(keys.points.numpy())),
        torch.from_numpy(queries).float(),
        _truth(pair, queries, shift),
    )


def _matched_keys(working: WorkingPair, model: Model, count: int) -> Keys:
    """Keys from both scans' keypoints, as in registration."""
    with model.computing.open(working) as scans, torch.no_grad():
        fixed, moving = (
            detect_keypoints(scan.image, body_mask(scan.image, scan.inside), scan.grid, count=count)
            for scan in working.scans
        )
        matched = scans.match(fixed, moving)
    return Keys(matched.points, matched.displacement, matched.confidence, matched.statistics)


def _queries(pair: SyntheticPair, working: WorkingPair, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points (Q, 4, 3) mm anywhere in the body of the fixed scan, each with its neighbours along x, y and z."""
    body = np.argwhere(body_mask(working.fixed, working.fixed_inside).numpy())[:, ::-1]  # (x, y, z)
    index = body[rng.integers(0, len(body), QUERIES)] + rng.uniform(-0.5, 0.5, (QUERIES, 3))
    points = working.fixed_grid.index_to_mm(index)
    stencil = PARTNER_MM * np.concatenate([np.zeros((1, 3)), np.eye(3)])
    queries = points[:, None] + stencil
    return queries[pair.within(queries.reshape(-1, 3)).reshape(-1, 4).all(1)]


def _truth(pair: SyntheticPair, points: NDArray[np.floating], shift: NDArray[np.float64]) -> Tensor:
    """True displacements (..., 3) mm after a pre-alignment by `shift`."""
    displacements = pair.truth.at(points.reshape(-1, 3)) - shift
    return torch.from_numpy(displacements.reshape(points.shape)).float()
