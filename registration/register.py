"""The whole path on one screen: two volumes in, one registration out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from registration.field.displacement import DisplacementField
from registration.matches import Matches
from registration.result import ModelIdentity, Registration
from registration.volume import Volume

Progress = Callable[[str, float], None]
"""Called as progress(stage, fraction) between stages, fraction in [0, 1] over the whole registration. May raise
`CancelledError` to stop."""

STAGES = ("pre-alignment", "features", "keypoints", "matching", "field", "confidence")


def register(
    fixed: Volume,
    moving: Volume,
    *,
    preset: str = "auto",
    fixed_mask: Volume | None = None,
    moving_mask: Volume | None = None,
    progress: Progress = lambda stage, fraction: None,
) -> Registration:
    """Displacement field from `fixed` to `moving`, on the fixed grid, LPS mm (PLACEHOLDER until the core lands)."""
    for i, stage in enumerate(STAGES):
        progress(stage, i / len(STAGES))
    shift = moving.grid.corners().mean(0) - fixed.grid.corners().mean(0)
    vectors = np.broadcast_to(shift.astype(np.float32), (*fixed.grid.shape, 3)).copy()
    points = fixed.grid.index_to_mm(np.random.default_rng(0).uniform(0, fixed.grid.size, (200, 3))).astype(np.float32)
    matrix = np.eye(4)
    matrix[:3, 3] = shift
    confidence = np.full(fixed.grid.shape, 0.5, np.float32)
    confidence[0] = 0.1
    return Registration(
        DisplacementField(vectors, fixed.grid),
        confidence,
        np.full(fixed.grid.shape, 5.0, np.float32),
        Matches(points, points + shift.astype(np.float32), np.full(200, 0.5, np.float32), np.zeros((200, 0), np.float32)),
        matrix,
        ModelIdentity("kernelreg", "0.1.0", ""),
        {"folds": 0, "jacobian_min": 1.0, "sd_log_jacobian": 0.0},
        dict.fromkeys(STAGES, 0.0),
        preset,
    )
