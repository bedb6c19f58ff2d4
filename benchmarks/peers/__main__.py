"""`python -m benchmarks.peers [--cases A,B] [--methods A,B]`: every method on every pair, then one table and a picture.

A run that was stopped goes on where it was: what lies in the folder with the same settings is not measured again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cases import case_names
from benchmarks.machine import ROOT, machine_line
from benchmarks.peers.methods import ROWS
from benchmarks.peers.plot import plot
from benchmarks.peers.run import Cell, run_cells
from benchmarks.peers.table import figure, markdown, write_csv


def main(
    cases: Annotated[str, typer.Option(help="Names of pairs with commas between; all by default.")] = "",
    methods: Annotated[str, typer.Option(help="Names of methods with commas between; all by default.")] = "",
    output: Annotated[Path, typer.Option(help="Folder of the cells and of the table.")] = ROOT / "build" / "peers",
    threads: Annotated[int, typer.Option(help="Threads of every method.", min=1)] = 2,
    measure: Annotated[bool, typer.Option(help="Or only the table of what has been measured.")] = True,
) -> None:
    """Compare the registration tools that are installed, and ours, on the pairs that are at hand."""
    print(machine_line())
    chosen = _chosen(cases, case_names()), _chosen(methods, list(ROWS))
    cells = run_cells(*chosen, output, threads if measure else None, _tell)
    table = markdown(cells)
    print(f"\n{table}")
    (output / "peers.md").write_text(table, "utf-8")
    write_csv(cells, output / "peers.csv")
    plot(cells, output / "peers.png")


def _chosen(names: str, known: list[str]) -> list[str]:
    wanted = [name.strip() for name in names.split(",") if name.strip()] or known
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"{', '.join(unknown)}; there are {', '.join(known)}")
    return wanted


def _tell(cell: Cell) -> None:
    values = [figure(cell, name) for name in ("tre_mm", "cpu_s", "wall_s")]
    texts = [f"{value:8.2f}" for value in values if value is not None] or [cell.reason]
    print(f"{cell.case:22}{cell.method:14}{' '.join(texts)}", flush=True)


typer.run(main)
