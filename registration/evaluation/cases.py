"""A path becomes the cases of a data set, each with all that is known to judge a field by; read when asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from registration.errors import MethodError
from registration.evaluation.treatment import Treatment
from registration.geometry.grid import Floats
from registration.metrics.overlap import Mask
from registration.volume import Volume


@dataclass(frozen=True)
class Case:
    """A pair of scans and its truths.

    mask: (z, y, x) of the fixed scan, where folds and likeness count. label_maps: by name, maps of the fixed and the
    moving scan on their grids; a label means the same on both. landmarks: (N, 3) mm LPS of both, row by row.
    treatment: of a tumour between the scans.
    """

    name: str
    fixed: Volume
    moving: Volume
    mask: Mask | None = None
    label_maps: Mapping[str, tuple[Volume, Volume]] = field(default_factory=dict)
    landmarks: tuple[Floats, Floats] | None = None
    treatment: Treatment | None = None


class CaseSet(Protocol):
    """Cases of one data set, by number from 0."""

    @property
    def source(self) -> dict[str, Any]:
        """What kind of data set it is, and which part of it."""

    @property
    def names(self) -> Sequence[str]:
        """The name of each case, no two the same: that of its files."""

    def scans(self, index: int) -> tuple[Path, Path]:
        """File or folder of the fixed and of the moving scan."""

    def official_name(self, index: int) -> str:
        """What Learn2Reg calls the field of the case."""

    def case(self, index: int) -> Case:
        """The case, read from disk."""


def open_cases(path: Path, split: str = "validation") -> CaseSet:
    """The list of a Learn2Reg data set, its folder, or a folder with one folder for each pair.

    split: of a Learn2Reg list, `training` or `validation`. Raises MethodError `data-set-invalid`.
    """
    from registration.evaluation.folder_cases import FolderCases
    from registration.evaluation.learn2reg_cases import Learn2RegCases

    lists = [path] if path.is_file() else sorted(path.glob("*.json")) if path.is_dir() else []
    if len(lists) > 1:
        got = ", ".join(one.name for one in lists)
        raise MethodError("data-set-invalid", f"{path.name}: expected one list of pairs in it, got {got}.")
    return Learn2RegCases(lists[0], split) if lists else FolderCases(path)


def described(cases: CaseSet) -> dict[str, Any]:
    """The data set as a later run must find it again: its kind, and every case by its name and its scans' files."""
    found = {name: _fingerprint(cases.scans(i)) for i, name in enumerate(cases.names)}
    return {**cases.source, "cases": found}


def _fingerprint(scans: tuple[Path, Path]) -> str:
    """SHA-256 of the names and sizes of both scans' files, wherever they lie."""
    listing = [
        [(file.relative_to(scan.parent).as_posix(), file.stat().st_size) for file in _files(scan)] for scan in scans
    ]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def _files(scan: Path) -> list[Path]:
    return [scan] if scan.is_file() else [path for path in sorted(scan.rglob("*")) if path.is_file()]
