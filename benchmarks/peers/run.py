"""Pairs and methods become cells: files of figures, each made in a process of its own and never made twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import case_named
from benchmarks.machine import ROOT
from benchmarks.peers.methods import ROWS
from registration.errors import MethodError
from registration.plain import json_text

LIMIT_S = 3600.0


@dataclass(frozen=True)
class Cell:
    """record: what `cell` wrote, or None and the reason why there is nothing."""

    case: str
    method: str
    record: dict[str, Any] | None
    reason: str = ""


def run_cells(
    cases: list[str], methods: list[str], folder: Path, threads: int | None, told: Callable[[Cell], None]
) -> list[Cell]:
    """Every method on every pair. What the folder holds of the same settings is not measured again.

    threads: of every method; None measures nothing, what is missing is told as such.
    """
    folder.mkdir(parents=True, exist_ok=True)
    presets = {name: case_named(name).preset for name in cases}
    found = []
    for method in methods:
        for case, preset in presets.items():
            found.append(_cell(case, preset, method, folder, threads))
            told(found[-1])
    return found


def _cell(case: str, preset: str, method: str, folder: Path, threads: int | None) -> Cell:
    file = folder / f"{case.replace(' ', '-')}--{method}.json"
    try:
        settings = ROWS[method].make(preset).settings
    except MethodError as error:
        return Cell(case, method, None, f"not run: {error.message}")
    wanted, earlier = json.loads(json_text(settings)), _read(file)
    if earlier is not None and earlier["settings"] == wanted:
        return Cell(case, method, earlier)
    if threads is None:
        return Cell(case, method, None, "not run: not measured yet")
    file.unlink(missing_ok=True)
    reason = _measured(case, method, file, threads)
    return Cell(case, method, _read(file), reason)


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def _measured(case: str, method: str, file: Path, threads: int) -> str:
    """Runs the cell's process; what it printed lies beside its file. Returns why it failed, or nothing."""
    count = str(threads)
    held = {"OMP_NUM_THREADS": count, "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": count, "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "benchmarks.peers.cell", case, method, str(file.resolve())]
    start = time.perf_counter()
    with file.with_suffix(".log").open("w") as log:
        try:
            done = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **held}, stdout=log, stderr=log, timeout=LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return f"failed: stopped after {time.perf_counter() - start:.0f} s"
    return "" if done.returncode == 0 else f"failed: exit status {done.returncode}, see {file.with_suffix('.log').name}"
