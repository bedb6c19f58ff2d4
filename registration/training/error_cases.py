"""A synthetic pair becomes an error case: registered as users do, what is doubted and what is wrong at many points."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.confidence.bounds import ErrorBounds
from registration.keypoints.detect import body_mask
from registration.keypoints.foerstner import foerstner_points
from registration.model import Model
from registration.presets import PRESETS
from registration.register import register
from registration.sampling import ChannelMap
from registration.training.pair_store import PairStore
from registration.training.stored_tensors import StoredTensors
from registration.training.synthetic import SyntheticPair
from registration.working import resample

POINTS = 2000
"""Drawn anywhere in the body, and as many again near distinctive points."""
CANDIDATES = 6000
"""Distinctive points to draw from: many times as many as registration takes, so most are none of its own."""
BESIDE_VOXELS = 1.0
"""How far from a distinctive point an expert may click."""


@dataclass(frozen=True)
class ErrorCase(StoredTensors):
    """Causes of doubt (2, P, C), miss (2, P, 3) mm from the truth; rows are the kernel's and the finished field.

    distinctive (P,) bool: near what an expert would choose as a landmark.
    """

    causes: Tensor
    miss: Tensor
    distinctive: Tensor


@dataclass
class Witness:
    """An error model that judges nothing and remembers the causes it was shown."""

    causes: list[ChannelMap] = field(default_factory=list)

    def log_error(self, causes: ChannelMap, *, finished: bool) -> ChannelMap:  # noqa: ARG002 the protocol's
        """Zeros."""
        self.causes.append(causes)
        return ChannelMap(torch.zeros(*causes.grid.shape, 1), causes.grid)

    def bounds(self, *, finished: bool) -> ErrorBounds:  # noqa: ARG002 the protocol's
        """None."""
        return ErrorBounds.none()


def error_case(pair: SyntheticPair, model: Model, seed: int) -> ErrorCase:
    """Register the pair without and with the finish, and note at random points what was doubted and what was wrong."""
    points, distinctive = _points(pair, np.random.default_rng(seed))
    truth = pair.truth.at(points)
    causes, misses = [], []
    for finish in (False, True):
        witness = Witness()
        result = register(pair.fixed, pair.moving, finish=finish, model=replace(model, error=witness))
        causes.append(witness.causes[0].at(torch.from_numpy(points).float()))
        misses.append(torch.from_numpy(result.field.at(points) - truth).float())
    return ErrorCase(torch.stack(causes), torch.stack(misses), torch.from_numpy(distinctive))


def _points(pair: SyntheticPair, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fixed points (P, 3) mm whose own tissue both scans show, and which of them are near distinctive points."""
    grid = pair.fixed.grid
    image, inside = resample(pair.fixed, grid, np.eye(4), PRESETS["auto"])
    body = body_mask(image, inside)
    voxels = np.argwhere(body.numpy())[:, ::-1]
    anywhere = voxels[rng.integers(0, len(voxels), POINTS)] + rng.uniform(-0.5, 0.5, (POINTS, 3))
    found = foerstner_points(image, body, count=CANDIDATES).voxels.numpy()
    chosen = found[rng.permutation(len(found))[:POINTS]]
    beside = chosen + rng.uniform(-BESIDE_VOXELS, BESIDE_VOXELS, chosen.shape)
    points = grid.index_to_mm(np.concatenate([anywhere, beside]))
    distinctive = np.arange(len(points)) >= POINTS
    seen = pair.visible(points)
    return points[seen], distinctive[seen]


@dataclass(frozen=True)
class ErrorCaseStore:
    """Cases of the pairs in `pairs`, registered by `model`, kept in `cache`.

    The folder belongs to one version of the method: empty it when registration changes.
    """

    pairs: PairStore
    cache: Path
    model: Model

    def cases(self, volumes: Iterable[str], seeds: Sequence[int]) -> list[ErrorCase]:
        """The cases of every volume with every seed."""
        return [self.case(volume, seed) for volume in volumes for seed in seeds]

    def case(self, volume: str, seed: int) -> ErrorCase:
        """Case number `seed` of the volume with this name."""
        path = self.path(volume, seed)
        if not path.exists():
            error_case(self.pairs.pair(volume, seed), self.model, seed).save(path)
        return ErrorCase.load(path)

    def path(self, volume: str, seed: int) -> Path:
        """Where a case is kept."""
        key = hashlib.sha256(f"{volume} {seed} {self.model.identity.name}".encode()).hexdigest()[:16]
        return self.cache / f"{key}.npz"
