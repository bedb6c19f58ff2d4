"""A field and its matches become the figures that every result carries."""

from __future__ import annotations

from typing import Any

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_figures, jacobian_map
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
