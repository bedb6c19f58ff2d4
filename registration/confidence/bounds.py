"""An expected error becomes a bound: within how many mm an expert's landmark is found, as often as the level says.

What is expected and what is bounded is the distance from where the field sends a point to where an expert would find
it in the moving scan. Experts click in voxels, in both scans, so no error is smaller than the voxels allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from registration.geometry import Grid

BOUND_LEVEL = 0.9
"""The level of the bound that is shown where only one is."""
CONFIDENCE_MM = 5.0
"""confidence = exp(-error / 5 mm)."""


@dataclass(frozen=True)
class ErrorBounds:
    """For each level (L,), rising, the bounds `bound_mm` (L, K) at expected errors `expected_mm` (K,), all rising.

    Linear in between, in proportion to the error above the last. Without levels nothing is promised: bounds are
    infinite.
    """

    levels: tuple[float, ...]
    expected_mm: tuple[float, ...]
    bound_mm: tuple[tuple[float, ...], ...]

    @classmethod
    def none(cls) -> Self:
        """Of a field that nobody calibrated."""
        return cls((), (), ())

    def at(self, error_mm: NDArray[np.float32], level: float = BOUND_LEVEL) -> NDArray[np.float32]:
        """The bound in mm where `error_mm` is expected. Raises ValueError for a level that was not calibrated."""
        if not self.levels:
            return np.full(np.shape(error_mm), np.inf, np.float32)
        if level not in self.levels:
            raise ValueError(f"no bound was calibrated for the level {level}; there are {self.levels}")
        bounds, last = self.bound_mm[self.levels.index(level)], self.expected_mm[-1]
        inner = np.interp(error_mm, (0.0, *self.expected_mm), (0.0, *bounds))
        return np.asarray(inner * np.maximum(np.divide(error_mm, last), 1.0), np.float32)

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"levels": self.levels, "expected_mm": self.expected_mm, "bound_mm": self.bound_mm}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """What `to_json` gave."""
        rows = tuple(tuple(row) for row in values["bound_mm"])
        return cls(tuple(values["levels"]), tuple(values["expected_mm"]), rows)


def confidence_of(error_mm: NDArray[np.float32]) -> NDArray[np.float32]:
    """Confidence in (0, 1] of an expected error in mm."""
    return np.asarray(np.exp(error_mm / np.float32(-CONFIDENCE_MM)), np.float32)


def localisation_mm(fixed: Grid, moving: Grid) -> float:
    """Root mean square distance in mm between two points that are the same but for the voxels that they fell into."""
    return float(np.sqrt(np.square((*fixed.spacing_mm, *moving.spacing_mm)).sum() / 12))


def expected_error_mm(log_error: NDArray[np.float32], localisation_mm: float) -> NDArray[np.float32]:
    """The field's own error (its logarithm) and the expert's, added as independent errors are, by their squares."""
    error = np.exp(log_error)
    error *= error
    error += np.float32(localisation_mm**2)
    return np.asarray(np.sqrt(error, out=error), np.float32)
