"""How long a person waits for `kernelreg register`: the whole command in a process of its own, stage by stage."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.cases import DATA
from registration.phantom import make_phantom, write_phantom

RUNS = 3
Stages = dict[str, tuple[float, float, float]]
"""Stage -> wall seconds, CPU seconds, peak MB."""


def main() -> None:
    """Print, for the phantom chest and the real one where it is at hand, the median run stage by stage."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        folder = Path(name)
        write_phantom(make_phantom("thorax", seed=1), folder / "pair")
        _report("phantom thorax, DICOM", folder / "pair" / "fixed", folder / "pair" / "moving", folder)
        lung = DATA / "lung_elastix"
        if lung.is_dir():
            _report("lung, MHA", lung / "3DCT_lung_baseline.mha", lung / "3DCT_lung_followup.mha", folder)


def _report(name: str, fixed: Path, moving: Path, folder: Path) -> None:
    runs = [_watched(fixed, moving, folder / f"{name}-{run}") for run in range(RUNS)]
    totals = sorted(total for total, _ in runs)
    stages = next(stages for total, stages in runs if total == totals[RUNS // 2])
    print(f"\n{name}: whole command {totals[RUNS // 2]:.1f} s, {totals[0]:.1f} to {totals[-1]:.1f} s in {RUNS} runs")
    print(f"{'':16}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for stage, (wall, cpu, peak) in stages.items():
        print(f"{stage:16}{wall:8.2f}{cpu:8.2f}{peak:9.0f}")
    wall, cpu, peak = np.array(list(stages.values())).T
    print(f"{'all':16}{wall.sum():8.2f}{cpu.sum():8.2f}{peak.max():9.0f}")


def _watched(fixed: Path, moving: Path, output: Path) -> tuple[float, Stages]:
    """Seconds from start to the end of the process, and its stages."""
    arguments = [str(fixed), str(moving), "--output", str(output), "--preset", "thorax"]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.watched", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return time.perf_counter() - start, json.loads(done.stdout.splitlines()[-1])
