"""Scores become a page of tables in Markdown: figures with intervals, the evaluator's, comparisons, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registration.evaluation.comparing import Compared
from registration.evaluation.figures import LANDMARKS, OVERLAP, SMOOTHNESS
from registration.evaluation.outcomes import SafetyMargin
from registration.evaluation.score import COSTS, Scores
from registration.evaluation.treatment import MARGIN, SHELL
from registration.metrics.intervals import Interval, Refused, Summary
from registration.metrics.learn2reg import Aggregate
from registration.metrics.paired import Comparison

Cell = str | float | Interval | Refused

HEAD = ("figure", "mean ± SD", "95 % t interval", "95 % bootstrap", "n")
OFFICIAL_HEAD = ("Learn2Reg's evaluator", "mean", "population SD", '"30"', "n")
PAIRED_HEAD = ("difference", "95 % t interval", "Wilcoxon p", "t p", "n")
MARGIN_HEAD = ("margin against progression: AUC", "95 % bootstrap", "sensitivity of < 5 mm", "specificity", "n")
ORDER = (*LANDMARKS[:-1], *SMOOTHNESS, *OVERLAP, "ncc", *MARGIN, SHELL, *COSTS)
"""Of the figures in the table; each with those of a mask or of single structures behind it."""
NOTE = (
    "SD is the sample's (n - 1). tre30_mm is the mean of the worst 30 % of a case's landmarks; the evaluator's \"30\" "
    "is a quantile of the case means. p values are times the number of comparisons (Bonferroni). In brackets: why "
    "there is no number. Research use only."
)


def markdown(scores: Scores, compared: Compared) -> str:
    """The whole page."""
    settings, summaries = scores.settings, scores.summaries()
    done, tried = len(scores.cases), len(scores.cases) + len(scores.failures)
    title = f"{settings['method']}, kernelreg {settings['kernelreg']}: {done} of {tried} cases registered."
    figures = _table(HEAD, [_summary(name, summaries[name]) for name in _listed(list(summaries))])
    official = _table(OFFICIAL_HEAD, [_aggregate(name, found) for name, found in scores.official().items()])
    margin = [] if (found := scores.safety_margin()) is None else [_safety_margin(found)]
    others = [
        _table((f"against {other}", *PAIRED_HEAD), [_comparison(name, one) for name, one in comparisons.items()])
        for other, comparisons in compared.items()
    ]
    return "\n\n".join([title, figures, official, *margin, *others, *_missing(scores), NOTE]) + "\n"


def _listed(names: Sequence[str]) -> Iterator[str]:
    """The figures of the table in its order; of a single structure the mean says all."""
    for kind in ORDER:
        yield from (name for name in (kind, f"{kind}_mask") if name in names)
        structures = [name for name in names if name.startswith(f"{kind} ")]
        yield from structures if len(structures) > 1 else ()


def _summary(name: str, found: Summary) -> list[Cell]:
    return [name, f"{_text(found.mean)} ± {_text(found.sd)}", found.t, found.bootstrap, str(found.count)]


def _aggregate(name: str, found: Aggregate) -> list[Cell]:
    return [name, found.mean, found.sd, found.thirty, str(found.count)]


def _comparison(name: str, found: Comparison) -> list[Cell]:
    difference = f"{found.mean_difference:+.4g}"
    return [name, difference, found.interval, found.wilcoxon_p, found.t_p, str(found.count)]


def _safety_margin(found: SafetyMargin | Refused) -> str:
    if isinstance(found, Refused):
        return f"Margin against progression: {found.reason}"
    counts = f"{found.progressed} + {found.controlled}"
    return _table(MARGIN_HEAD, [[found.auc, found.interval, found.call.sensitivity, found.call.specificity, counts]])


def _missing(scores: Scores) -> list[str]:
    """Cases without a field, figures without a value, and the reasons."""
    failed = [f"- {name}: {reason}" for name, reason in scores.failures.items()]
    undefined = [f"- {case.name}, {name}: {why}" for case in scores.cases for name, why in case.undefined.items()]
    lists = (("Not registered, and in no mean:", failed), ("Without a value, and in no mean:", undefined))
    return ["\n".join([head, "", *rows]) for head, rows in lists if rows]


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    lines = [head, ["---"] * len(head), *([_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: Cell) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Refused):
        return f"({value.reason})"
    return f"[{value.low:.4g}, {value.high:.4g}]" if isinstance(value, Interval) else f"{value:.4g}"
