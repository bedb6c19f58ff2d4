"""Scores become files, and files scores again: one row for each case as CSV, everything as JSON, a page in Markdown."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.comparing import Compared
from registration.evaluation.markdown import markdown
from registration.evaluation.prediction import read_json
from registration.evaluation.score import Scores
from registration.plain import json_text
from registration.products.writing import appearing


def write_scores(scores: Scores, folder: Path, compared: Compared | None = None) -> None:
    """cases.csv, scores.json and table.md into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with appearing(folder / "cases.csv") as fresh:
        _write_csv(scores, fresh)
    with appearing(folder / "scores.json") as fresh:
        fresh.write_text(json_text(_as_json(scores, compared or {})), "utf-8")
    with appearing(folder / "table.md") as fresh:
        fresh.write_text(markdown(scores, compared or {}), "utf-8")


def read_scores(file: Path) -> Scores:
    """The scores that `write_scores` put into scores.json. Raises MethodError `prediction-invalid`."""
    found = read_json(file)
    return Scores(found["settings"], tuple(CaseFigures(**case) for case in found["cases"]), found["failures"])


def _write_csv(scores: Scores, path: Path) -> None:
    names = scores.names
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", *names, "failure"])
        for case in scores.cases:
            writer.writerow([case.name, *(f"{case.values[n]:.6g}" if n in case.values else "" for n in names), ""])
        for name, reason in scores.failures.items():
            writer.writerow([name, *("" for _ in names), reason])


def _as_json(scores: Scores, compared: Compared) -> dict[str, object]:
    margin = scores.safety_margin()
    return {
        "settings": scores.settings,
        "cases": [asdict(case) for case in scores.cases],
        "failures": scores.failures,
        "summaries": {name: asdict(found) for name, found in scores.summaries().items()},
        "learn2reg": {name: asdict(found) for name, found in scores.official().items()},
        "safety_margin": None if margin is None else asdict(margin),
        "compared": {other: {n: asdict(c) for n, c in found.items()} for other, found in compared.items()},
    }
