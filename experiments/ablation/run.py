"""Rows and pairs become results on disk, those that are there already left out, and tables that grow with them."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.machine import machine_line
from experiments.ablation.data import DataSet, fingerprint
from experiments.ablation.measure import measured
from experiments.ablation.method import Group, Method, Row
from experiments.ablation.results import Results
from experiments.ablation.table import markdown, write_cases
from registration.errors import KernelregError, MethodError


def run(groups: tuple[Group, ...], rows: list[Row], data: list[DataSet], out: Path) -> None:
    """Register every pair by these rows, writing `OUT/<set>/<row>/<pair>.json`; all rows, once run, make the tables.

    Raises MethodError `config-invalid` where results of other settings, or of other pairs, are in the way.
    """
    methods, skipped = _made(rows)
    for pairs in data:
        results = Results(out / pairs.name)
        for row, method in methods.items():
            results.claim(row, method.settings)
        for case in pairs.pairs():
            for row, method in methods.items():
                _once(row, method, case, results)
            _write(groups, pairs, results, skipped)


def _made(rows: list[Row]) -> tuple[dict[str, Method], dict[str, str]]:
    """The methods by row, and why the others cannot be made: mostly weights that are not there."""
    methods, skipped = {}, {}
    for row in rows:
        try:
            methods[row.name] = row.make()
        except KernelregError as error:
            skipped[row.name] = error.message
            _say(f"{row.name}: skipped: {error.message}")
    return methods, skipped


def _once(row: str, method: Method, case: Case, results: Results) -> None:
    """Measure what has not been measured."""
    known = results.get(row, case.name)
    if known is None:
        found = measured(case, method)
        results.add(row, found)
        tre = f"{sum(found.errors_mm) / len(found.errors_mm):.3f} mm" if found.errors_mm else found.failure
        _say(f"{case.name}: {row}: {tre}, {found.cpu_s:.1f} CPU s")
    elif known.fingerprint != fingerprint(case):
        where = results.folder / row
        raise MethodError(
            "config-invalid", f"{where} holds a result of another pair called {case.name!r}. Choose another folder."
        )


def _write(groups: tuple[Group, ...], pairs: DataSet, results: Results, skipped: dict[str, str]) -> None:
    text = f"# {pairs.title}\n\n{machine_line()}\n\n{markdown(groups, results, skipped)}"
    (results.folder / "table.md").write_text(text)
    write_cases(groups, results, results.folder / "cases.csv")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
