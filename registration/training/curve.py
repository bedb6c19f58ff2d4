"""A run's curve: a table that grows by one row per validation, and its picture."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

NOT_DRAWN = ("step", "cpu_s", "peak_mb")
COLUMNS = 3


def add_row(path: Path, step: int, row: Mapping[str, float]) -> None:
    """Append one row; its names become the header of a new table."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(["step", *row])
        writer.writerow([step, *(f"{value:.5g}" for value in row.values())])


def cut_after(path: Path, step: int) -> None:
    """Drop the rows after `step`: of validations whose checkpoint was never written."""
    if path.exists():
        header, *rows = path.read_text().splitlines(keepends=True)
        path.write_text("".join([header, *(row for row in rows if int(row.split(",")[0]) <= step)]))


def read_curve(path: Path) -> dict[str, list[float]]:
    """The table's columns by name."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def plot_curve(path: Path, best_step: int) -> Path:
    """Draw each loss and score of a table over the steps, the kept step marked; returns the picture beside it."""
    columns = read_curve(path)
    names = [name for name in columns if name not in NOT_DRAWN]
    lines = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(3.2 * COLUMNS, 2.3 * lines), layout=ConstrainedLayoutEngine())
    for place, name in enumerate(names, 1):
        axes = figure.add_subplot(lines, COLUMNS, place)
        axes.plot(columns["step"], columns[name], marker=".", color="#1f6f8b")
        axes.axvline(best_step, color="#c1440e", linewidth=0.8, linestyle="--")
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
    figure.supxlabel("step; the dashed one is kept", fontsize=8)
    picture = path.with_suffix(".png")
    figure.savefig(picture, dpi=100)
    return picture
