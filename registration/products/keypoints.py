"""Matches and corrections become keypoints.json: pairs of points in LPS millimetres with their confidence."""

from __future__ import annotations

from pathlib import Path

from registration.plain import json_text
from registration.products.outcome import Outcome
from registration.products.writing import appearing

DECIMALS = 3


def write_keypoints(outcome: Outcome, path: Path) -> None:
    """`{"unit", "frame", "direction", "keypoints": [{"fixed", "moving", "confidence"}], "corrections": [...]}`."""
    matches = outcome.stored.matches
    columns = (matches.fixed_mm, matches.moving_mm, matches.confidence)
    rows = zip(*(column.astype(float).round(DECIMALS).tolist() for column in columns), strict=True)
    content = {
        "unit": "mm",
        "frame": "LPS",
        "direction": "fixed -> moving",
        "notice": outcome.stored.manifest["notice"],
        "keypoints": [{"fixed": fixed, "moving": moving, "confidence": sure} for fixed, moving, sure in rows],
        "corrections": outcome.corrections.to_json(),
    }
    with appearing(path) as fresh:
        fresh.write_text(json_text(content), "utf-8")
