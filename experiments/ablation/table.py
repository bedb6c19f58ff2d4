"""Results become the table in Markdown, and every single value as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.ablation.measure import Result
from experiments.ablation.method import Group
from experiments.ablation.results import Results
from experiments.ablation.statistics import Interval
from experiments.ablation.summary import Line, summarised
from registration.metrics.landmarks import worst_mean

HEAD = (
    "| {} | pairs, landmarks | TRE mm [95 % of landmarks] | mean of pairs [95 % of pairs] | TRE30 | SDlogJ | folds % "
    "| CPU s | against the first, mm | p |"
)
LEGEND = (
    "TRE: mean over all landmarks, percentile bootstrap (9999 draws) of the landmarks; mean over pairs, t interval of "
    "the pairs. TRE30: worst 30 % of each pair. SDlogJ: std of log J where J > 0. p: Wilcoxon, paired by landmark, "
    "times the number of rows compared with the first (Bonferroni)."
)
COLUMNS = (
    *("group", "row", "pair", "landmarks", "before_mm", "tre_mm", "tre30_mm", "sd_log_jacobian"),
    *("sd_log_jacobian_learn2reg", "folds_percent", "cpu_s", "failure"),
)


def markdown(groups: tuple[Group, ...], results: Results, skipped: Mapping[str, str]) -> str:
    """One table for each group. skipped: by row, why it could not be made."""
    tables = [_table(group, results, skipped) for group in groups]
    return "\n\n".join([_before(groups, results), *tables, LEGEND]) + "\n"


def write_cases(groups: tuple[Group, ...], results: Results, path: Path) -> None:
    """One line per variant and pair."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for group in groups:
            for row in group.rows:
                writer.writerows([group.title, row.name, *_values(r)] for r in results.of(row.name))


def _before(groups: tuple[Group, ...], results: Results) -> str:
    """The distances that all rows began with."""
    found = {r.case: np.array(r.before_mm) for group in groups for row in group.rows for r in results.of(row.name)}
    pairs = [f"{case} {distances.mean():.1f}" for case, distances in sorted(found.items()) if distances.size]
    return f"Before registration, mm: {', '.join(pairs)}."


def _table(group: Group, results: Results, skipped: Mapping[str, str]) -> str:
    """The lines of a group, and below them what could not be registered and why."""
    found = {row.name: results.of(row.name) for row in group.rows}
    first, *others = (row.name for row in group.rows)
    compared = sum(any(not r.failure for r in found[name]) for name in others)
    lines, notes = [HEAD.format(group.title), "|---" * 10 + "|"], []
    for row in group.rows:
        summary = summarised(found[row.name], [] if row.name == first else found[first], compared)
        lines.append(_row(row.title, summary) if summary else f"| {row.title} | not run |{' |' * 8}")
        notes += [f"- {row.title}: {skipped[row.name]}"] if row.name in skipped else []
        notes += [f"- {row.title}, {r.case}: {r.failure}" for r in found[row.name] if r.failure]
    return "\n".join([*lines, *(["", "Not registered:", *notes] if notes else [])])


def _row(title: str, line: Line) -> str:
    against = line.against
    cells = (
        title,
        f"{line.pairs}, {line.landmarks}",
        f"{line.pooled_mm:.2f} {_interval(line.pooled_interval)}",
        f"{line.pairs_mm:.2f} {_interval(line.pairs_interval)}",
        f"{line.worst_mm:.2f}",
        f"{line.sd_log_jacobian:.3f}",
        f"{line.folds_percent:.3f}",
        f"{line.cpu_s:.1f}",
        f"{against.difference:+.2f} (n = {against.count})" if against else "",
        _p(against.p) if against else "",
    )
    return f"| {' | '.join(cells)} |"


def _interval(interval: Interval) -> str:
    return "" if np.isnan(interval[0]) else f"[{interval[0]:.2f}, {interval[1]:.2f}]"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _values(result: Result) -> list[object]:
    """From the pair's name on, in the order of `COLUMNS`."""
    errors = np.array(result.errors_mm)
    known = [np.mean(result.before_mm), errors.mean(), worst_mean(errors)] if errors.size else [np.nan] * 3
    figures = [*known, result.sd_log_jacobian, result.sd_log_jacobian_learn2reg, result.folds_percent, result.cpu_s]
    return [result.case, errors.size, *(f"{value:.5g}" for value in figures), result.failure]
