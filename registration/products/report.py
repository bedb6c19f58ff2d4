"""An outcome becomes its report: every figure a reader needs to trust or doubt the result, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_figures
from registration.keypoints.names import DEFAULT_DETECTOR
from registration.plain import grid_to_json, json_text
from registration.products.outcome import Outcome
from registration.products.warping import warp
from registration.products.writing import appearing
from registration.volume import Volume


def report_of(outcome: Outcome) -> dict[str, Any]:
    """The report as JSON-ready values; lengths in mm, times in s."""
    manifest = outcome.stored.manifest
    return {
        "notice": manifest["notice"],
        "direction": manifest["direction"],
        "model": manifest["model"],
        "preset": manifest["preset"],
        "fixed_grid": grid_to_json(outcome.field.grid),
        "moving_grid": manifest["moving_grid"],
        "pre_alignment": manifest["pre_alignment"],
        "keypoints": len(outcome.stored.matches),
        "detector": manifest["qa"].get("detector", DEFAULT_DETECTOR),
        "jacobian": vars(jacobian_figures(outcome.jacobian)),
        "displacement_mm": _spread(np.linalg.norm(outcome.field.vectors_mm[::2, ::2, ::2], axis=-1)),
        "expected_error_mm": _spread(outcome.stored.error_mm[::2, ::2, ::2]),
        "confidence": _spread(outcome.stored.confidence[::2, ::2, ::2]),
        "likeness": likeness(outcome),
        "corrections": [one._asdict() for one in outcome.residuals],
        "qa_at_registration": manifest["qa"],
        "timings_s": manifest["timings_s"],
    }


def write_report(outcome: Outcome, path: Path) -> None:
    """report.json."""
    with appearing(path) as fresh:
        fresh.write_text(json_text(report_of(outcome)), "utf-8")


def likeness(outcome: Outcome) -> dict[str, float]:
    """Correlation of the fixed scan with the moving scan as it was stored, and as the field pulls it; 1 is the same."""
    before = warp(outcome.stored.moving, unmoved(outcome))
    fixed = outcome.stored.fixed
    return {"correlation_before": _correlation(fixed, before), "correlation_after": _correlation(fixed, outcome.warped)}


def unmoved(outcome: Outcome) -> DisplacementField:
    """The zero field: both scans where the scanner put them."""
    return DisplacementField(np.broadcast_to(np.float32(0), outcome.field.vectors_mm.shape), outcome.field.grid)


def _correlation(one: Volume, other: Volume) -> float:
    pair = [v.values[::2, ::2, ::2].ravel() for v in (one, other)]
    return float(np.asarray(np.corrcoef(pair))[0, 1]) if all(np.ptp(v) for v in pair) else float("nan")


def _spread(values: NDArray[np.float32]) -> dict[str, float]:
    """Median, 90th percentile and largest value."""
    median, high, largest = np.percentile(values, [50, 90, 100]).tolist()
    return {"median": median, "p90": high, "max": largest}
