"""Results on disk: one file per variant and pair beside the variant's settings, so that a stopped run goes on.

FOLDER/no-statistics/settings.json      what decided the results beside it; checked before anything is added
FOLDER/no-statistics/lung_elastix.json  landmark errors and figures
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.ablation.measure import Result
from registration.errors import MethodError

SETTINGS = "settings.json"


@dataclass(frozen=True)
class Results:
    """The results below `folder`, by the names of row and pair."""

    folder: Path

    def claim(self, row: str, settings: dict[str, object]) -> None:
        """Keep a row's settings. Raises MethodError `config-invalid` when there are results of other settings."""
        path, wanted = self.folder / row / SETTINGS, json.loads(json.dumps(settings))
        if not path.is_file():
            _write(path, wanted)
            return
        stored = json.loads(path.read_text())
        if stored != wanted:
            changed = ", ".join(sorted(k for k in stored | wanted if stored.get(k) != wanted.get(k)))
            raise MethodError(
                "config-invalid",
                f"{path.parent} holds results of other settings (they differ in: {changed}). Remove it, or choose "
                "another folder.",
            )

    def get(self, row: str, case: str) -> Result | None:
        """The result of a row on a pair, if it is there."""
        path = self._path(row, case)
        return Result(**json.loads(path.read_text())) if path.is_file() else None

    def of(self, row: str) -> list[Result]:
        """All results of a row, by the names of the pairs."""
        paths = sorted((self.folder / row).glob("*.json"))
        return [Result(**json.loads(path.read_text())) for path in paths if path.name != SETTINGS]

    def add(self, row: str, result: Result) -> None:
        """Keep a result, all or nothing."""
        _write(self._path(row, result.case), asdict(result))

    def _path(self, row: str, case: str) -> Path:
        return self.folder / row / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', case)}.json"


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1))
    partial.rename(path)
