"""An outcome becomes its report: every figure a reader needs to trust or doubt the result, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registration.archive import StoredResult
from registration.confidence.bounds import BOUND_LEVEL, confidence_of
from registration.keypoints.names import DEFAULT_DETECTOR
from registration.plain import grid_to_json, json_text
from registration.presets import PRESETS
from registration.products.blocks import EVERY_OTHER
from registration.products.outcome import Outcome
from registration.products.writing import appearing

AIR = 0.02
"""Windowed intensity up to which there is no patient."""


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
        **_trust(outcome.stored),
        "likeness": outcome.likeness,
        "corrections": [one._asdict() for one in outcome.residuals],
        "qa_at_registration": manifest["qa"],
        "timings_s": manifest["timings_s"],
    }


def write_report(outcome: Outcome, path: Path) -> None:
    """report.json."""
    with appearing(path) as fresh:
        fresh.write_text(json_text(report_of(outcome)), "utf-8")


def _trust(stored: StoredResult) -> dict[str, Any]:
    """Expected error, its bound and confidence in the fixed scan's patient; of the air around nobody asks."""
    low, high = PRESETS["auto"].window(stored.fixed)
    patient = stored.fixed.values[EVERY_OTHER] > low + AIR * (high - low)
    values = stored.error_mm[EVERY_OTHER]
    error = _spread(values[patient] if patient.any() else values)
    bound = stored.bounds.at(np.array(list(error.values()), np.float32)).tolist()  # bounds rise with the error
    return {
        "expected_error_mm": error,
        "bound_mm": {"level": BOUND_LEVEL} | dict(zip(error, bound, strict=True)),
        "confidence": _spread(confidence_of(values[patient] if patient.any() else values)),
    }


def _spread(values: NDArray[np.float32]) -> dict[str, float]:
    """Median, 90th percentile and largest value."""
    median, high, largest = np.percentile(values, [50, 90, 100]).tolist()
    return {"median": median, "p90": high, "max": largest}
