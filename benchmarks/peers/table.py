"""Cells become a table of one pair after the other: Markdown for people, CSV for everything else."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.peers.methods import ROWS
from benchmarks.peers.run import Cell

COLUMNS = ("tre_mm", "tre30_mm", "sd_log_jacobian", "folds_percent", "cpu_s", "wall_s", "peak_mib", "landmarks")
TITLES = ("TRE mm", "TRE30 mm", "std log J", "folds %", "CPU s", "wall s", "peak MiB", "n")
FORMATS = (".2f", ".2f", ".3f", ".3f", ".1f", ".1f", ".0f", ".0f")


def figure(cell: Cell, name: str) -> float | None:
    """A figure by its column; inside the mask where the pair has one. None where there is none."""
    if cell.record is None:
        return None
    figures = cell.record["figures"]
    found = cell.record.get(name, figures.get(f"{name}_mask", figures.get(name)))
    return None if found is None else float(found)


def markdown(cells: list[Cell]) -> str:
    """A table per pair, the most accurate first, then what did not run and why."""
    parts = []
    for case in dict.fromkeys(cell.case for cell in cells):
        parts += [f"**{case}**", "", *_rows([cell for cell in cells if cell.case == case]), ""]
    return "\n".join(parts)


def _rows(cells: list[Cell]) -> list[str]:
    done = sorted((cell for cell in cells if cell.record), key=lambda cell: figure(cell, "tre_mm") or 0.0)
    lines = [f"| method | {' | '.join(TITLES)} |", "|---" * (len(TITLES) + 1) + "|"]
    for cell in done:
        texts = (_text(figure(cell, name), form) for name, form in zip(COLUMNS, FORMATS, strict=True))
        lines.append(f"| {ROWS[cell.method].title} | {' | '.join(texts)} |")
    blank = " |" * (len(TITLES) - 1)
    return lines + [f"| {ROWS[cell.method].title} | {cell.reason} |{blank}" for cell in cells if not cell.record]


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def write_csv(cells: list[Cell], path: Path) -> None:
    """A line per cell; empty where there is no value."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow(["case", "method", *COLUMNS, "date", "machine", "reason"])
        for cell in cells:
            record = cell.record or {}
            values = [figure(cell, name) for name in COLUMNS]
            lines.writerow([cell.case, cell.method, *values, record.get("date"), record.get("machine"), cell.reason])
