"""`python -m benchmarks [NAME ...]`: all of the benchmarks, or those named."""

from __future__ import annotations

import sys

from benchmarks import (
    accuracy,
    clicks,
    cold,
    confidence,
    correspondences,
    detectors,
    dicom_objects,
    engines,
    kernel,
    speed,
    stack,
    storages,
    throughput,
    viewer,
)
from benchmarks.machine import machine_line

BENCHMARKS = {
    "accuracy": accuracy.main,
    "kernel": kernel.main,
    "detectors": detectors.main,
    "correspondences": correspondences.main,
    "confidence": confidence.main,
    "speed": speed.main,
    "engines": engines.main,
    "clicks": clicks.main,
    "dicom": dicom_objects.main,
    "cold": cold.main,
    "stack": stack.main,
    "throughput": throughput.main,
    "storages": storages.main,
    "viewer": viewer.main,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(chosen) - set(BENCHMARKS):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(machine_line())
    for name in chosen:
        print(f"\n{name}")
        BENCHMARKS[name]()


main()
