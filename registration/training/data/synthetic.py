"""Single volumes become training pairs: each one deformed by random motions that are then known everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registration.training.data.pairs import TrainingPair
from registration.training.pair_store import PairStore


@dataclass(frozen=True)
class SyntheticPairs:
    """`pairs_per_volume` pairs of each of `volumes` (names as in `sources`), with seeds from `first_seed` on."""

    store: PairStore
    volumes: Sequence[str]
    pairs_per_volume: int
    first_seed: int = 0

    def __len__(self) -> int:
        return len(self.volumes) * self.pairs_per_volume

    def pair(self, index: int) -> TrainingPair:
        """Volume after volume."""
        volume, number = divmod(index, self.pairs_per_volume)
        made = self.store.pair(self.volumes[volume], self.first_seed + number)
        return TrainingPair(made.fixed, made.moving, truth=made.truth)
