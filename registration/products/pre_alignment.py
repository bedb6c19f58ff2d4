"""The pre-alignment becomes pre_alignment.json: the matrix that the field starts from and contains."""

from __future__ import annotations

from pathlib import Path

from registration.plain import json_text
from registration.products.outcome import Outcome
from registration.products.writing import appearing


def write_pre_alignment(outcome: Outcome, path: Path) -> None:
    """`{"unit", "frame", "direction", "notice", "matrix"}`: homogeneous (4, 4), row by row."""
    manifest = outcome.stored.manifest
    content = {
        "unit": "mm",
        "frame": "LPS",
        "direction": "fixed -> moving",
        "notice": manifest["notice"],
        "matrix": manifest["pre_alignment"],
    }
    with appearing(path) as fresh:
        fresh.write_text(json_text(content), "utf-8")
