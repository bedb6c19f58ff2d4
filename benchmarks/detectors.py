"""What finds the keypoints, everything else the same: landmark error of the kernel's field and of the finished one."""

from __future__ import annotations

import os
import time

import numpy as np
import torch
from torch import Tensor

from benchmarks.accuracy import tre
from benchmarks.cases import Case, cases
from registration.errors import MethodError
from registration.keypoints.detector import Candidates, Detector
from registration.keypoints.named import detector_named
from registration.keypoints.names import DETECTORS
from registration.register import register
from registration.weights.external import weights_folder

COLUMNS = ("kernel TRE", "TRE30", "finished TRE", "TRE30", "CPU s")


class Anywhere:
    """No detector at all: points at random inside the body, the same ones each time. The others must beat it."""

    name = "anywhere"

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """As `Detector` has it."""
        voxels = torch.nonzero(mask)
        chosen = torch.randperm(len(voxels), generator=torch.Generator().manual_seed(0))[:count]
        return Candidates(voxels[chosen].flip(1), image.new_ones(len(chosen)))


def main() -> None:
    """Print one line per pair and detector, then the means over the real pairs."""
    detectors = [*_at_hand(), Anywhere()]
    print(f"{'pair':22}{'detector':12}" + "".join(f"{column:>13}" for column in COLUMNS))
    rows: dict[str, list[list[float]]] = {detector.name: [] for detector in detectors}
    for case in cases():
        for detector in detectors:
            row = _measured(case, detector)
            print(f"{case.name:22}{detector.name:12}" + "".join(f"{value:13.2f}" for value in row), flush=True)
            if not case.name.startswith("phantom"):
                rows[detector.name].append(row)
    for name, found in rows.items():
        if found:
            print(f"{'mean of real pairs':22}{name:12}" + "".join(f"{v:13.3f}" for v in np.mean(found, axis=0)))


def _at_hand() -> list[Detector]:
    """Those that can be made here; of the others, why not."""
    made = []
    for name in DETECTORS:
        try:
            made.append(detector_named(name, weights_folder(os.environ)))
        except MethodError as error:
            print(f"({name}: {error.code})")
    return made


def _measured(case: Case, detector: Detector) -> list[float]:
    figures: list[float] = []
    for finish in (False, True):
        start = time.process_time()
        result = register(case.fixed, case.moving, preset=case.preset, detector=detector, finish=finish)
        seconds = time.process_time() - start
        figures += tre(result.field.map_points(case.fixed_landmarks), case.moving_landmarks)
    return [*figures, seconds]
