"""A reason: one sentence for or against a pair, and the factor by which it changes the pair's score."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why a pair is good or bad. The score of a pair is the product of its factors, each in (0, 1]; 1 speaks for it."""

    text: str
    factor: float = 1.0

    @property
    def speaks_for(self) -> bool:
        """Whether it takes nothing away."""
        return self.factor >= 1.0


def score(reasons: Iterable[Reason]) -> float:
    """The product of the factors."""
    return math.prod(reason.factor for reason in reasons)
