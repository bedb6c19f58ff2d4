"""What is at hand becomes sets of pairs with landmarks, each pair read when its turn comes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.cases import DATA, Case, real_pairs
from registration.errors import MethodError
from registration.phantom import make_phantom
from registration.phantom.pair import MOTION_MM
from registration.training.data.folders import FolderPairs
from registration.training.data.learn2reg import Learn2RegPairs
from registration.training.data.pairs import PairSet

PHANTOM_SEEDS = (1, 2)
"""None of those that anything is trained on."""


class Pairs(Protocol):
    """Pairs, made one after the other."""

    def __call__(self) -> Iterator[Case]:
        """From the first again at every call."""


@dataclass(frozen=True)
class DataSet:
    """A table's pairs. name: of the folder of its results."""

    name: str
    title: str
    pairs: Pairs


def at_hand() -> list[DataSet]:
    """The real pairs where they are, and the phantoms."""
    real = [DataSet("real", "Real pairs", real_pairs)] if DATA.is_dir() else []
    return [*real, DataSet("phantoms", "Phantoms", phantoms)]


def in_folder(folder: Path, preset: str) -> DataSet:
    """A Learn2Reg data set (its validation pairs), or a folder with one folder for each pair; landmarks for all.

    preset: of all its scans. Raises MethodError `data-set-invalid`.
    """
    lists = sorted(folder.glob("*.json"))
    if len(lists) > 1:
        got = ", ".join(path.name for path in lists)
        raise MethodError("data-set-invalid", f"{folder}: expected one list of pairs in it, got {got}.")
    found: Learn2RegPairs | FolderPairs
    if lists:
        found = Learn2RegPairs(lists[0], "validation")
        names = [" to ".join(Path(scan).name.split(".")[0] for scan in pair) for pair in found.names]
    else:
        found = FolderPairs(folder)
        names = [path.name for path in found.folders]
    return DataSet(folder.resolve().name, folder.resolve().name, partial(_cases, found, names, preset))


def only(data: DataSet, names: Collection[str]) -> DataSet:
    """The pairs of these names."""
    return replace(data, pairs=lambda: (case for case in data.pairs() if case.name in names))


def phantoms() -> Iterator[Case]:
    """Thoraces and abdomens."""
    for kind in MOTION_MM:
        for seed in PHANTOM_SEEDS:
            pair = make_phantom(kind, seed=seed)
            yield Case(f"{kind} {seed}", pair.fixed, pair.moving, kind, pair.landmarks_fixed, pair.landmarks_moving)


def _cases(found: PairSet, names: list[str], preset: str) -> Iterator[Case]:
    for index, name in enumerate(names):
        pair = found.pair(index)
        if pair.landmarks is None:
            raise MethodError("data-set-invalid", f"{name}: expected landmarks of both scans, got none.")
        mask = pair.label_maps[0][0] if pair.label_maps else None
        yield Case(name, pair.fixed, pair.moving, preset, *pair.landmarks, mask)


def fingerprint(case: Case) -> str:
    """SHA-256 of all that a result on this pair rests on."""
    found = hashlib.sha256(case.preset.encode())
    for volume in (case.fixed, case.moving, case.mask):
        if volume is not None:
            found.update(repr(volume.grid).encode())
            found.update(np.ascontiguousarray(volume.values).tobytes())
    for landmarks in (case.fixed_landmarks, case.moving_landmarks):
        found.update(np.ascontiguousarray(landmarks, np.float64).tobytes())
    return found.hexdigest()
