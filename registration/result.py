"""What one registration gives: the field, how sure it is, and everything a report needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registration.confidence.bounds import ErrorBounds, confidence_of
from registration.field.displacement import DisplacementField
from registration.matches import Matches


@dataclass(frozen=True)
class ModelIdentity:
    """Which model computed a result: name, version and SHA-256 of the weights (empty when none are used)."""

    name: str
    version: str
    weights_sha256: str


class Judged:
    """What follows from the expected error alone, in memory or on disk."""

    error_mm: NDArray[np.float32]
    bounds: ErrorBounds

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """(z, y, x) in (0, 1], 1 is sure."""
        return confidence_of(self.error_mm)

    @cached_property
    def bound_mm(self) -> NDArray[np.float32]:
        """(z, y, x), what the error stays below nine times in ten."""
        return self.bounds.at(self.error_mm)


@dataclass(frozen=True)
class Registration(Judged):
    """The result of `register`, everything on the fixed scan's grid.

    error_mm: (z, y, x) float32, expected distance from where the field sends a point to where an expert would find it.
    attention_std: (z, y, x) float32, the paper's uncertainty: standard deviation of the kernel's scores.
    bounds: what the error stays below, as often as a level says.
    pre_alignment: (4, 4) homogeneous LPS matrix, fixed to moving, already part of `field`.
    qa: JSON-ready figures (`folds`, `sd_log_jacobian`, `jacobian_min`, ...). timings_s: seconds by stage, in order.
    """

    field: DisplacementField
    error_mm: NDArray[np.float32]
    attention_std: NDArray[np.float32]
    bounds: ErrorBounds
    matches: Matches
    pre_alignment: NDArray[np.float64]
    model: ModelIdentity
    qa: dict[str, Any]
    timings_s: dict[str, float]
    preset: str
