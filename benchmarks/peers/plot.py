"""Cells become a picture: accuracy against time, landmark errors and smoothness, a row for each pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.peers.methods import ROWS
from benchmarks.peers.run import Cell
from benchmarks.peers.table import figure

OURS = ("default", "learned")
UNDEFORMED = ("identity", "rigid")


def plot(cells: list[Cell], path: Path) -> None:
    """Writes the picture; identity and rigid are left out, their errors would flatten everything else."""
    done = [cell for cell in cells if cell.record and cell.method not in UNDEFORMED]
    cases = list(dict.fromkeys(cell.case for cell in done))
    picture = Figure(figsize=(15, 4.6 * max(1, len(cases))), layout="constrained")
    axes = picture.subplots(max(1, len(cases)), 3, squeeze=False)
    for row, case in zip(axes, cases, strict=False):
        of_case = [cell for cell in done if cell.case == case]
        _scatter(row[0], of_case, "cpu_s", "CPU seconds")
        row[0].set_xscale("log")
        _scatter(row[1], of_case, "sd_log_jacobian", "std log J: smoother to the left")
        _errors(row[2], of_case)
        row[0].set_title(case, loc="left")
    picture.savefig(path, dpi=110)


def _scatter(axes: Any, cells: list[Cell], name: str, label: str) -> None:  # noqa: ANN401 matplotlib ships without types
    for cell in cells:
        at = figure(cell, name), figure(cell, "tre_mm")
        if None not in at:
            axes.plot(*at, "o", color="tab:red" if cell.method in OURS else "tab:blue")
            axes.annotate(ROWS[cell.method].title, at, xytext=(5, 4), textcoords="offset points", fontsize=8)
    axes.set(xlabel=label, ylabel="TRE mm")
    axes.margins(x=0.25)
    axes.grid(alpha=0.3)


def _errors(axes: Any, cells: list[Cell]) -> None:  # noqa: ANN401
    """The share of landmarks within each distance: further left and steeper is better."""
    for cell in cells:
        errors = np.sort((cell.record or {})["errors_mm"])
        axes.step(errors, np.arange(1, len(errors) + 1) / len(errors), label=ROWS[cell.method].title)
    axes.set(xlabel="landmark error mm", ylabel="share of landmarks", xlim=(0, 8))
    axes.legend(fontsize=7)
    axes.grid(alpha=0.3)
