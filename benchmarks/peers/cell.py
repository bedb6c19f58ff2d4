"""One pair and one method in this process: `python -m benchmarks.peers.cell CASE METHOD FILE` writes what came of it.

The clock runs from the two scans in memory to the field on the fixed grid; imports and weights come before it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from benchmarks.cases import Case, case_named
from benchmarks.machine import machine_line
from benchmarks.peers.methods import ROWS
from benchmarks.watched import peak_mb
from registration.evaluation import cases as judged
from registration.evaluation.figures import figures_of
from registration.field.displacement import DisplacementField
from registration.products.writing import appearing


def main() -> None:
    """Measure and write; a method that fails ends the process."""
    case_name, method_name, file = sys.argv[1:]
    case, row = case_named(case_name), ROWS[method_name]
    method = row.make(case.preset)
    resolve_name(row.loads)
    peak_mb()  # of what came before
    cpu, wall = time.process_time(), time.perf_counter()
    field = method.register(case.fixed, case.moving)
    cost = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mib": peak_mb(),
    }
    record = {
        "case": case_name,
        "method": method_name,
        "settings": method.settings,
        "machine": machine_line(),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        **cost,
        **_figures(case, field),
    }
    with appearing(Path(file)) as fresh:
        fresh.write_text(json.dumps(record, indent=1), "utf-8")


def _figures(case: Case, field: DisplacementField) -> dict[str, Any]:
    """The figures that `kernelreg score` gives, and every landmark's error, mm."""
    mask = None if case.mask is None else case.mask.values > 0
    landmarks = case.fixed_landmarks, case.moving_landmarks
    found = figures_of(judged.Case(case.name, case.fixed, case.moving, mask, landmarks=landmarks), field)
    return {"figures": found.values, "undefined": found.undefined, "errors_mm": found.errors_mm}


if __name__ == "__main__":
    main()
