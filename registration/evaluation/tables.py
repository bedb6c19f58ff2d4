"""Scores become files: one row for each case as CSV, everything as JSON, the summary as a table in Markdown."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.figures import LANDMARKS, OVERLAP, SMOOTHNESS
from registration.evaluation.prediction import read_json
from registration.evaluation.score import COSTS, Scores
from registration.metrics.intervals import Interval, Refused, Summary
from registration.metrics.learn2reg import Aggregate
from registration.metrics.paired import Comparison
from registration.plain import json_text
from registration.products.writing import appearing

Compared = dict[str, dict[str, Comparison]]
"""By the name of the other prediction, by the name of the figure."""

HEAD = "| figure | mean ± SD | 95 % t interval | 95 % bootstrap | n |\n|---|---|---|---|---|"
OFFICIAL_HEAD = '| Learn2Reg\'s evaluator | mean | population SD | "30" | n |\n|---|---|---|---|---|'
PAIRED_HEAD = "| against {} | difference | 95 % t interval | Wilcoxon p | t p | n |\n|---|---|---|---|---|---|"
ORDER = (*LANDMARKS[:-1], *SMOOTHNESS, *OVERLAP, "ncc", *COSTS)
"""Of the figures in the table; each with those of a mask or of single structures behind it."""
NOTE = (
    "SD is the sample's (n - 1). tre30_mm is the mean of the worst 30 % of a case's landmarks; the evaluator's \"30\" "
    "is a quantile of the case means. p values are times the number of comparisons (Bonferroni). In brackets: why "
    "there is no number. Research use only."
)


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


def markdown(scores: Scores, compared: Compared) -> str:
    """The tables: our figures with intervals, the evaluator's, comparisons, and what there is no value for."""
    settings = scores.settings
    done, tried = len(scores.cases), len(scores.cases) + len(scores.failures)
    title = f"{settings['method']}, kernelreg {settings['kernelreg']}: {done} of {tried} cases registered."
    found = scores.summaries()
    summaries = [_summary(name, found[name]) for name in _listed(list(found))]
    official = [_aggregate(name, found) for name, found in scores.official().items()]
    parts = [title, "\n".join([HEAD, *summaries]), "\n".join([OFFICIAL_HEAD, *official])]
    for other, figures in compared.items():
        parts.append("\n".join([PAIRED_HEAD.format(other), *(_comparison(n, c) for n, c in figures.items())]))
    return "\n\n".join([*parts, *_missing(scores), NOTE]) + "\n"


def _listed(names: list[str]) -> list[str]:
    """The figures of the table in its order; of a single structure the mean says all."""
    found = []
    for kind in ORDER:
        structures = [name for name in names if name.startswith(f"{kind} ")]
        found += [name for name in (kind, f"{kind}_mask") if name in names]
        found += structures if len(structures) > 1 else []
    return found


def _summary(name: str, found: Summary) -> str:
    return _line(name, f"{_number(found.mean)} ± {_number(found.sd)}", found.t, found.bootstrap, str(found.count))


def _aggregate(name: str, found: Aggregate) -> str:
    return _line(name, found.mean, found.sd, found.thirty, str(found.count))


def _comparison(name: str, found: Comparison) -> str:
    p_values = found.wilcoxon_p, found.t_p
    return _line(name, f"{found.mean_difference:+.4g}", found.interval, *p_values, str(found.count))


def _line(*cells: str | float | Interval | Refused) -> str:
    return f"| {' | '.join(cell if isinstance(cell, str) else _number(cell) for cell in cells)} |"


def _number(value: float | Interval | Refused) -> str:
    if isinstance(value, Refused):
        return f"({value.reason})"
    return f"[{value.low:.4g}, {value.high:.4g}]" if isinstance(value, Interval) else f"{value:.4g}"


def _missing(scores: Scores) -> Sequence[str]:
    """Cases without a field, figures without a value, and the reasons."""
    failed = [f"- {name}: {reason}" for name, reason in scores.failures.items()]
    undefined = [f"- {case.name}, {name}: {why}" for case in scores.cases for name, why in case.undefined.items()]
    lists = (("Not registered, and in no mean:", failed), ("Without a value, and in no mean:", undefined))
    return ["\n".join([head, "", *rows]) for head, rows in lists if rows]


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
    return {
        "settings": scores.settings,
        "cases": [asdict(case) for case in scores.cases],
        "failures": scores.failures,
        "summaries": {name: asdict(found) for name, found in scores.summaries().items()},
        "learn2reg": {name: asdict(found) for name, found in scores.official().items()},
        "compared": {other: {n: asdict(c) for n, c in found.items()} for other, found in compared.items()},
    }
