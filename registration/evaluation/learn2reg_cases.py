"""A Learn2Reg list becomes cases: its keypoints, its masks where folds count, and label maps where it has some."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import numpy as np

from registration.errors import MethodError
from registration.evaluation.cases import Case
from registration.reading import read_mask, read_scan
from registration.training.data.learn2reg import LABELS, Learn2RegPairs, Split, files_beside, landmarks_of

SUBJECT = re.compile(r"_(\d{4})_(\d{4})\.nii\.gz$")
"""The ends of its file names: subject and modality."""


class Learn2RegCases:
    """The pairs of one split. Raises MethodError `data-set-invalid`."""

    def __init__(self, file: Path, split: str) -> None:
        known = {name: name for name in get_args(Split)}
        if split not in known:
            raise MethodError("data-set-invalid", f"No split is called {split!r}; there are {', '.join(known)}.")
        self._pairs = Learn2RegPairs(file, known[split])
        self.source: dict[str, Any] = {"kind": "learn2reg", "split": split}
        self.names = tuple("_".join(_subjects(pair)) for pair in self._pairs.names)

    def scans(self, index: int) -> tuple[Path, Path]:
        """As `CaseSet` has it."""
        fixed, moving = self._pairs.names[index]
        return self._pairs.folder / fixed, self._pairs.folder / moving

    def official_name(self, index: int) -> str:
        """`disp_FFFF_MMMM` where both modalities are the same, or 0000 and 0001; else with the modalities."""
        parts = _subjects(self._pairs.names[index])
        if len(parts) == 4 and (parts[1] == parts[3] or (parts[1], parts[3]) == ("0000", "0001")):
            parts = (parts[0], parts[2])
        return f"disp_{'_'.join(parts)}.nii.gz"

    def case(self, index: int) -> Case:
        """As `CaseSet` has it."""
        paths = list(self.scans(index))
        fixed, moving = (read_scan(path).volume for path in paths)
        maps, masks = files_beside(paths, LABELS, ""), files_beside(paths[:1], ("masks",), "")
        tables = files_beside(paths, ("keypoints",), ".csv")
        pair = tuple(read_mask(path, scan.grid) for path, scan in zip(maps, (fixed, moving), strict=bool(maps)))
        return Case(
            self.names[index],
            fixed,
            moving,
            np.asarray(read_mask(masks[0], fixed.grid).values > 0) if masks else None,
            {maps[0].parent.name.removesuffix("Tr").removesuffix("Ts"): (pair[0], pair[1])} if maps else {},
            landmarks_of(tables, fixed, moving) if tables else None,
        )


def _subjects(pair: tuple[str, str]) -> tuple[str, ...]:
    """Subject and modality of the fixed, then of the moving scan; the files' stems where they are called otherwise."""
    found = [SUBJECT.search(name) for name in pair]
    if found[0] and found[1]:
        return (*found[0].groups(), *found[1].groups())
    return tuple(Path(name).name.split(".")[0] for name in pair)
