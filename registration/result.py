"""What one registration gives: the field, how sure it is, and everything a report needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.matches import Matches


@dataclass(frozen=True)
class ModelIdentity:
    """Which model computed a result: name, version and SHA-256 of the weights (empty when none are used)."""

    name: str
    version: str
    weights_sha256: str


@dataclass(frozen=True)
class Registration:
    """The result of `register`, everything on the fixed scan's grid.

    confidence: (z, y, x) float32 in [0, 1], 1 is sure. error_mm: (z, y, x) float32, expected error of the field.
    pre_alignment: (4, 4) homogeneous LPS matrix, fixed to moving, already part of `field`.
    qa: JSON-ready figures (`folds`, `sd_log_jacobian`, `jacobian_min`, ...). timings_s: seconds by stage, in order.
    """

    field: DisplacementField
    confidence: NDArray[np.float32]
    error_mm: NDArray[np.float32]
    matches: Matches
    pre_alignment: NDArray[np.float64]
    model: ModelIdentity
    qa: dict[str, Any]
    timings_s: dict[str, float]
    preset: str
