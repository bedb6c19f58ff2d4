"""The contract of all training data: so many pairs of volumes, each with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from registration.field.displacement import DisplacementField
from registration.geometry.grid import Floats
from registration.volume import Volume


@dataclass(frozen=True)
class TrainingPair:
    """Two scans of one patient and, where it is known, what belongs where.

    label_maps: maps of the fixed and the moving scan on their grids; a label means the same on both, 0 is background.
    landmarks: corresponding points (N, 3) mm LPS, fixed and moving. truth: the field from fixed to moving.
    """

    fixed: Volume
    moving: Volume
    label_maps: tuple[tuple[Volume, Volume], ...] = ()
    landmarks: tuple[Floats, Floats] | None = None
    truth: DisplacementField | None = None


class PairSet(Protocol):
    """Pairs that are read, or made, when they are asked for."""

    def __len__(self) -> int:
        """How many there are; at least one."""

    def pair(self, index: int) -> TrainingPair:
        """Pair number `index`, from 0; the same every time."""
