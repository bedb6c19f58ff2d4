"""Prints the table of decision 0012: `python -m experiments.dual_stream [FOLDER of correspondence files]`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from benchmarks.cases import DATA
from experiments.dual_stream.trial import Reading, handmade_error, lessons_of, trained_error
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.thin_plate import ThinPlateSpline
from registration.model import Kernel

HANDMADE: dict[str, Kernel] = {
    "two Gaussians, 12 and 6 mm": TwoScaleGaussian(),
    "thin-plate spline, 1 mm": ThinPlateSpline(1.0),
    "thin-plate spline, 10 mm": ThinPlateSpline(10.0),
    "thin-plate spline, 30 mm": ThinPlateSpline(30.0),
}
READINGS = (
    Reading(20.0, learned_length=False, steps=0),
    Reading(20.0, learned_length=True, steps=0),
    *(Reading(mm, learned_length=learned) for learned in (False, True) for mm in (10.0, 20.0, 100.0)),
    *(Reading(20.0, learned_length=learned, pair_head=True) for learned in (False, True)),
    *(Reading(20.0, learned_length=learned, steps=1600) for learned in (False, True)),
)


def main() -> None:
    """Every row as it is found."""
    torch.set_num_threads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "l2r_lung_keypoints"
    lessons, exams = lessons_of(folder)
    print("| b(x, y) | positions | head | steps | error mm |\n|---|---|---|---|---|")
    for reading in READINGS:
        b = "learned length" if reading.learned_length else "literal, mm"
        head = "of pairs" if reading.pair_head else "product"
        error = trained_error(reading, lessons, exams)
        print(f"| {b} | mm / {reading.place_mm:.0f} | {head} | {reading.steps} | {error:.2f} |", flush=True)
    for name, kernel in HANDMADE.items():
        print(f"| {name} | | | | {handmade_error(kernel, exams):.2f} |", flush=True)


if __name__ == "__main__":
    main()
