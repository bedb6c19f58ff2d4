"""Pass two: stored fields become figures of every case and their summaries; no torch, no GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registration.errors import MethodError
from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.cases import CaseSet, described
from registration.evaluation.figures import figures_of
from registration.evaluation.official import KINDS, add_official
from registration.evaluation.outcomes import SafetyMargin, safety_margin
from registration.evaluation.prediction import PredictionFolder, Record, require_same
from registration.metrics.intervals import Refused, Summary, summary
from registration.metrics.learn2reg import Aggregate, aggregate

COSTS = ("cpu_s", "wall_s")


@dataclass(frozen=True)
class Scores:
    """What made the fields; the figures of every case that has one; why the others failed."""

    settings: dict[str, Any]
    cases: tuple[CaseFigures, ...]
    failures: dict[str, str]

    @property
    def names(self) -> list[str]:
        """The names of all values that a case has, in the order in which they first occur."""
        return list(dict.fromkeys(name for case in self.cases for name in case.values))

    def values(self, name: str) -> dict[str, float]:
        """One figure by case, of those cases that have it."""
        return {case.name: case.values[name] for case in self.cases if name in case.values}

    def summaries(self) -> dict[str, Summary]:
        """Every figure over the cases that have it."""
        return {name: summary(list(self.values(name).values())) for name in self.names}

    def safety_margin(self) -> SafetyMargin | Refused | None:
        """The margins held against what became of the tumours; None where nothing is known of that."""
        return safety_margin(self.cases)

    def official(self) -> dict[str, Aggregate]:
        """What Learn2Reg's evaluator says over all cases, for its own figures."""
        return {n: aggregate(list(self.values(n).values()), kind) for n, kind in KINDS.items() if self.values(n)}


def score(folder: PredictionFolder, cases: CaseSet, told: Callable[[CaseFigures], None] | None = None) -> Scores:
    """The figures of a whole prediction on the data set it was made of.

    Raises MethodError `prediction-invalid` when the data set is another one, or when a case has not been tried.
    """
    settings = folder.settings()
    require_same(described(cases), settings["data"], f"{folder.folder.name} belongs to another data set")
    records = {name: _record(folder, name) for name in cases.names}
    found = []
    for index, name in enumerate(cases.names):
        if records[name].failure is None:
            found.append(_case(folder, cases, index, records[name]))
            if told:
                told(found[-1])
    return Scores(settings, tuple(found), {name: r.failure for name, r in records.items() if r.failure is not None})


def _record(folder: PredictionFolder, name: str) -> Record:
    record = folder.record(name)
    if record is None:
        message = f"{folder.folder.name}: {name} has not been predicted; `kernelreg predict` again goes on."
        raise MethodError("prediction-invalid", message)
    return record


def _case(folder: PredictionFolder, cases: CaseSet, index: int, record: Record) -> CaseFigures:
    case = cases.case(index)
    figures = figures_of(case, folder.field(case.name, case.fixed.grid))
    add_official(figures, case, folder.official(cases.official_name(index), case.fixed.grid))
    figures.values |= {name: float(getattr(record, name)) for name in COSTS}
    return figures
