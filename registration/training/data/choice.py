"""What a configuration says about its data becomes the data set: one class of keys for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from registration.training.data.folders import FolderPairs
from registration.training.data.learn2reg import Learn2RegPairs, Split
from registration.training.data.pairs import PairSet
from registration.training.data.synthetic import SyntheticPairs
from registration.training.pair_store import PairStore


class _Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Learn2RegData(_Choice):
    """A split of a Learn2Reg data set, e.g. `file = "NLST/NLST_dataset.json"`."""

    kind: Literal["learn2reg"]
    file: Path
    split: Split

    def opened(self) -> PairSet:
        """The pairs, their files found."""
        return Learn2RegPairs(self.file, self.split)


class FolderData(_Choice):
    """A folder with one folder for each pair."""

    kind: Literal["folder"]
    folder: Path

    def opened(self) -> PairSet:
        """The pairs, their files found."""
        return FolderPairs(self.folder)


class SyntheticData(_Choice):
    """Deformed volumes: files below `scans` or phantoms, kept in `cache` once they are made."""

    kind: Literal["synthetic"]
    volumes: Annotated[tuple[str, ...], Field(min_length=1)]
    pairs_per_volume: Annotated[int, Field(gt=0)] = 6
    first_seed: int = 0
    scans: Path = Path()
    cache: Path

    def opened(self) -> PairSet:
        """The pairs, made when they are first asked for."""
        return SyntheticPairs(PairStore(self.scans, self.cache), self.volumes, self.pairs_per_volume, self.first_seed)


DataChoice = Annotated[Learn2RegData | FolderData | SyntheticData, Field(discriminator="kind")]
