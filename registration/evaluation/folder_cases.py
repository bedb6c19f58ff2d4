"""A folder with one folder for each pair, as `kernelreg phantom` writes them, becomes cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registration.evaluation.cases import Case
from registration.evaluation.labels import labelled
from registration.reading import read_correspondences, read_scan
from registration.training.data.folders import LANDMARKS, FolderPairs, label_maps

MASK = "mask"
"""The map (`fixed_mask.*` beside `moving_mask.*`) that says where folds count; else it is every voxel with a label."""


class FolderCases:
    """The pairs below a folder, by name. Raises MethodError `data-set-invalid`."""

    def __init__(self, folder: Path) -> None:
        self._pairs = FolderPairs(folder)
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
        return Case(folder.name, fixed, moving, labelled(asked), maps, known)
