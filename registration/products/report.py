"""An outcome becomes its report: every figure a reader needs to trust or doubt the result, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registration.keypoints.names import DEFAULT_DETECTOR
from registration.plain import grid_to_json, json_text
from registration.products.blocks import EVERY_OTHER
from registration.products.outcome import Outcome
from registration.products.writing import appearing


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
        "jacobian": vars(outcome.figures),
        "displacement_mm": _spread(np.linalg.norm(outcome.field.vectors_mm[EVERY_OTHER], axis=-1)),
        "expected_error_mm": _spread(outcome.stored.error_mm[EVERY_OTHER]),
        "confidence": _spread(outcome.stored.confidence[EVERY_OTHER]),
        "likeness": outcome.likeness,
        "corrections": [one._asdict() for one in outcome.residuals],
        "qa_at_registration": manifest["qa"],
        "timings_s": manifest["timings_s"],
    }


def write_report(outcome: Outcome, path: Path) -> None:
    """report.json."""
    with appearing(path) as fresh:
        fresh.write_text(json_text(report_of(outcome)), "utf-8")


def _spread(values: NDArray[np.float32]) -> dict[str, float]:
    """Median, 90th percentile and largest value."""
    median, high, largest = np.percentile(values, [50, 90, 100]).tolist()
    return {"median": median, "p90": high, "max": largest}
