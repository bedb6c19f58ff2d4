"""A field and its matches become the figures that every result carries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_figures, jacobian_map
from registration.geometry import Grid
from registration.matches import Matches


def quality(field: DisplacementField, matches: Matches) -> dict[str, Any]:
    """Figures, JSON-ready: folds and Jacobian determinants of the whole field, number and confidence of the matches."""
    figures = jacobian_figures(jacobian_map(field))
    return {
        "folds": figures.folds,
        "folds_percent": figures.folds_percent,
        "sd_log_jacobian": figures.sd_log_jacobian,
        "jacobian_min": figures.jacobian_min,
        "jacobian_max": figures.jacobian_max,
        "keypoints": len(matches),
        "confident_keypoints_percent": 100.0 * float((matches.confidence > 0.5).sum()) / max(1, len(matches)),
    }


def pre_alignment_figures(to_moving: NDArray[np.float64], grid: Grid) -> dict[str, Any]:
    """What a rigid (4, 4) LPS matrix does to the fixed scan: its middle moves so many mm, and it turns so far."""
    middle = grid.corners().mean(axis=0)
    return {
        "pre_alignment_mm": (to_moving[:3, :3] @ middle + to_moving[:3, 3] - middle).tolist(),
        "pre_alignment_degrees": float(np.degrees(Rotation.from_matrix(to_moving[:3, :3]).magnitude())),
    }
