"""A folder with one folder for each pair, as `kernelreg phantom` writes them, becomes cases.

Beside what every pair may have: `fixed_mask.*` and `moving_mask.*`, where folds count; `moving_ablation_zone.*` beside
`fixed_tumour.*` and, for the capsule, `fixed_liver.*`; and above the pairs `outcomes.csv`, lines of case and 0 or 1:
whether the tumour progressed.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from registration.errors import MethodError
from registration.evaluation.cases import Case
from registration.evaluation.labels import labelled
from registration.evaluation.treatment import Treatment
from registration.metrics.overlap import Mask
from registration.reading import read_correspondences, read_mask, read_scan
from registration.training.data.folders import LANDMARKS, FolderPairs, label_maps
from registration.volume import Volume

MASK, TUMOUR, ZONE, ORGAN = "mask", "fixed_tumour", "moving_ablation_zone", "fixed_liver"
OUTCOMES = "outcomes.csv"


class FolderCases:
    """The pairs below a folder, by name. Raises MethodError `data-set-invalid`."""

    def __init__(self, folder: Path) -> None:
        self._pairs = FolderPairs(folder)
        self._outcomes = _outcomes(folder / OUTCOMES)
        self.source: dict[str, Any] = {"kind": "folder"}
        self.names = tuple(pair.name for pair in self._pairs.folders)

    def scans(self, index: int) -> tuple[Path, Path]:
        """As `CaseSet` has it."""
        fixed, moving = self._pairs.scans[index]
        return fixed, moving

    def official_name(self, index: int) -> str:
        """Learn2Reg knows no such data sets; the file is its kind nevertheless."""
        return f"disp_{self.names[index]}.nii.gz"

    def case(self, index: int) -> Case:
        """As `CaseSet` has it."""
        folder = self._pairs.folders[index]
        fixed, moving = (read_scan(path).volume for path in self.scans(index))
        maps, table = label_maps(folder, fixed, moving), folder / LANDMARKS
        known = read_correspondences(table)[1:] if table.is_file() else None
        asked = {MASK: maps[MASK]} if MASK in maps else maps
        return Case(folder.name, fixed, moving, labelled(asked), maps, known, self._treatment(folder, fixed, moving))

    def _treatment(self, folder: Path, fixed: Volume, moving: Volume) -> Treatment | None:
        tumour, zone, organ = _map(folder, TUMOUR, fixed), _map(folder, ZONE, moving), _map(folder, ORGAN, fixed)
        if tumour is None or zone is None:
            return None
        return Treatment(
            _inside(tumour), zone, None if organ is None else _inside(organ), self._outcomes.get(folder.name)
        )


def _map(folder: Path, name: str, scan: Volume) -> Volume | None:
    found = [path for path in sorted(folder.iterdir()) if path.name.split(".")[0] == name]
    return read_mask(found[0], scan.grid) if found else None


def _inside(labels: Volume) -> Mask:
    return np.asarray(labels.values > 0)


def _outcomes(table: Path) -> dict[str, bool]:
    """Whether the tumour progressed, by case; empty without the table."""
    if not table.is_file():
        return {}
    rows = [row for row in csv.reader(table.read_text("utf-8").splitlines()) if row]
    values = {row[0].strip(): row[-1].strip() for row in rows if row[-1].strip() in ("0", "1")}
    if len(values) < len(rows) - 1:  # all but a header
        raise MethodError("data-set-invalid", f"{table.name}: expected lines of a case and 0 or 1, each case once.")
    return {case: value == "1" for case, value in values.items()}
