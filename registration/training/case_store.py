"""Kernel cases on disk: the matcher runs once for each pair, training reads its keys again and again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from registration.model import Model
from registration.training.kernel_cases import KernelCase, kernel_case
from registration.training.pair_store import PairStore


@dataclass(frozen=True)
class CaseStore:
    """Cases of the pairs in `pairs`, matched with the features of `model`, kept in `cache`.

    The folder belongs to one version of the matcher: empty it when the matcher changes.
    """

    pairs: PairStore
    cache: Path
    model: Model

    def case(self, volume: str, seed: int) -> KernelCase:
        """Case number `seed` of the volume with this name."""
        key = hashlib.sha256(f"{volume} {seed} {self.model.encoder_weight}".encode()).hexdigest()[:16]
        path = self.cache / f"{key}.npz"
        if not path.exists():
            kernel_case(self.pairs.pair(volume, seed), self.model, seed).save(path)
        return KernelCase.load(path)
