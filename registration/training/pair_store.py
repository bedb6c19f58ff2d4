"""Synthetic pairs on disk: made once for each volume and seed, read again by every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.training.sources import training_volume
from registration.training.synthetic import SyntheticPair, synthetic_pair
from registration.volume import Volume

PIECE = 104  # voxels of 2 mm to a side
VERSION = 3  # raise when synthetic_pair gives other pairs for the same seed


@dataclass(frozen=True)
class PairStore:
    """Pairs of the volumes below `scans`, kept in `cache`. Half of all seeds (the odd ones) look like MR."""

    scans: Path
    cache: Path

    def prepare(self, volume: str, seeds: Iterable[int]) -> None:
        """Make the pairs of one volume that are not there yet."""
        for seed in seeds:
            if not self._path(volume, seed).exists():
                self.pair(volume, seed)

    def pair(self, volume: str, seed: int) -> SyntheticPair:
        """Pair number `seed` of the volume with this name."""
        path = self._path(volume, seed)
        if not path.exists():
            made = synthetic_pair(training_volume(volume, self.scans), seed, size=PIECE, like_mr=seed % 2 == 1)
            self.cache.mkdir(parents=True, exist_ok=True)
            _write(path, made)
        return _read(path)

    def _path(self, volume: str, seed: int) -> Path:
        key = hashlib.sha256(f"{VERSION} {PIECE} {volume} {seed}".encode()).hexdigest()[:16]
        return self.cache / f"{key}.npz"


def _write(path: Path, pair: SyntheticPair) -> None:
    grid = pair.fixed.grid
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        fixed=pair.fixed.values.astype(np.float16),
        moving=pair.moving.values.astype(np.float16),
        truth=pair.truth.vectors_mm.astype(np.float16),
        altered=pair.altered,
        origin_mm=np.asarray(grid.origin_mm),
        spacing_mm=np.asarray(grid.spacing_mm),
    )
    partial.rename(path)


def _read(path: Path) -> SyntheticPair:
    with np.load(path) as stored:
        z, y, x = stored["fixed"].shape
        spacing, origin = (tuple(stored[k].tolist()) for k in ("spacing_mm", "origin_mm"))
        grid = Grid((x, y, z), spacing, origin)
        fixed, moving = (Volume(stored[k].astype(np.float32), grid) for k in ("fixed", "moving"))
        truth = DisplacementField(stored["truth"].astype(np.float32), grid)
        return SyntheticPair(fixed, moving, truth, stored["altered"])
