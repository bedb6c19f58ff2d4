"""Causes of doubt become the logarithm of the field's expected error, by a line per cause that never falls.

    log e(x) = b + sum_c w_c clamp((c(x) - mean_c) / deviation_c, -3, 3),   w_c >= 0

One set of b and w for the finished field, one for the kernel's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from torch import Tensor

from registration.confidence.bounds import ErrorBounds
from registration.confidence.causes import CAUSES
from registration.errors import MethodError
from registration.sampling import ChannelMap
from registration.weights import load_weights

WEIGHTS = "error-bound"
FIELDS = ("kernel", "finished")
"""What the rows of the weights are for."""
REACH = 3.0
"""Deviations beyond which a cause adds no more: nothing is known of what was never met."""


class ErrorModel(Protocol):
    """Tells how far to trust a field."""

    def log_error(self, causes: ChannelMap, *, finished: bool) -> ChannelMap:
        """Logarithm (z, y, x, 1) of the expected error in mm, from the causes of doubt of a field."""

    def bounds(self, *, finished: bool) -> ErrorBounds:
        """The bounds that go with the expected error."""


@dataclass(frozen=True)
class CalibratedModel:
    """mean, deviation (C,) of the causes; strength (2, C) >= 0 and level (2,) of the lines; levels (L,) of the bounds,
    and their table: knots (2, K) and bound (2, L, K), mm. Rows by `FIELDS`.
    """

    mean: Tensor
    deviation: Tensor
    strength: Tensor
    level: Tensor
    levels: Tensor
    knots: Tensor
    bound: Tensor

    def log_error(self, causes: ChannelMap, *, finished: bool) -> ChannelMap:
        """As `ErrorModel` has it."""
        row = int(finished)
        values = log_error(causes.values, self.mean, self.deviation, self.strength[row], self.level[row])
        return ChannelMap(values[..., None], causes.grid)

    def bounds(self, *, finished: bool) -> ErrorBounds:
        """As `ErrorModel` has it."""
        row = int(finished)
        levels = tuple(round(level, 3) for level in self.levels.tolist())
        return ErrorBounds(levels, tuple(self.knots[row].tolist()), tuple(map(tuple, self.bound[row].tolist())))


def log_error(causes: Tensor, mean: Tensor, deviation: Tensor, strength: Tensor, level: Tensor) -> Tensor:
    """The formula above, (..., C) to (...)."""
    standard = ((causes - mean) / deviation).clamp(-REACH, REACH)
    return standard @ strength + level


@lru_cache(maxsize=1)
def calibrated_model(name: str = WEIGHTS) -> CalibratedModel:
    """The calibrated model with the weights of this name. Raises MethodError `weights-invalid`."""
    weights, _ = load_weights(name)
    expected = set(CalibratedModel.__dataclass_fields__)
    if weights.keys() != expected or weights["mean"].shape != (len(CAUSES),):
        got = f"{sorted(weights)} for {len(weights.get('mean', ()))} causes"
        raise MethodError(
            "weights-invalid", f"Weights {name!r}: expected {sorted(expected)} for {len(CAUSES)} causes, got {got}."
        )
    return CalibratedModel(**weights)
