"""Predicted fields become a folder that says what made them, and the folder fields again.

FOLDER/prediction.json           method, its settings, version of kernelreg, the data set case by case
FOLDER/fields/CASE.mha           the field, mm LPS on the fixed grid, fixed to moving
FOLDER/learn2reg/disp_*.nii.gz   the same as Learn2Reg's evaluator takes it: (X, Y, Z, 3) float32, voxels
FOLDER/cases/CASE.json           seconds and memory, or why there is no field; written last
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.plain import json_text
from registration.products.displacement_field import learn2reg_vectors, write_field
from registration.products.nifti import affine_ras, save_nifti
from registration.products.writing import appearing
from registration.training.data.folders import read_vector_image

FORMAT, VERSION = "kernelreg-prediction", 1
OFFICIAL_NOTE = "voxels along the array axes: fixed + d = moving; research use only"


@dataclass(frozen=True)
class Record:
    """How one case went: process CPU and wall seconds, peak memory of the process so far, or why it failed."""

    cpu_s: float
    wall_s: float
    peak_memory_mib: float
    failure: str | None = None


class PredictionFolder:
    """The fields of one method on one data set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, settings: dict[str, Any]) -> None:
        """Says what the fields will be made by; a folder that was begun otherwise is refused with the first difference.

        Raises MethodError `prediction-invalid`.
        """
        wanted = json.loads(json_text({"format": FORMAT, "version": VERSION, **settings}))
        if (self.folder / "prediction.json").is_file():
            require_same(wanted, self.settings(), f"{self.folder.name} was begun with other settings")
            return
        for part in ("fields", "learn2reg", "cases"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        with appearing(self.folder / "prediction.json") as fresh:
            fresh.write_text(json_text(wanted), "utf-8")

    def settings(self) -> dict[str, Any]:
        """What the fields were made by. Raises MethodError `prediction-invalid`."""
        found = read_json(self.folder / "prediction.json")
        if (found.get("format"), found.get("version")) != (FORMAT, VERSION):
            raise MethodError("prediction-invalid", f"{self.folder.name} holds no prediction of version {VERSION}.")
        return found

    def record(self, name: str) -> Record | None:
        """How a case went; None while it has not been tried."""
        path = self.folder / "cases" / f"{name}.json"
        return Record(**read_json(path)) if path.is_file() else None

    def keep(self, name: str, official_name: str, field: DisplacementField, moving: Grid) -> None:
        """Both files of a field."""
        write_field(field, self.folder / "fields" / f"{name}.mha")
        vectors = np.asfortranarray(learn2reg_vectors(field, moving))
        with appearing(self.folder / "learn2reg" / official_name) as fresh:
            save_nifti(nibabel.Nifti1Image(vectors, affine_ras(field.grid)), fresh, OFFICIAL_NOTE)

    def finish(self, name: str, record: Record) -> None:
        """Says that a case was tried."""
        with appearing(self.folder / "cases" / f"{name}.json") as fresh:
            fresh.write_text(json_text(asdict(record)), "utf-8")

    def field(self, name: str, fixed: Grid) -> DisplacementField:
        """The field of a case, on the grid of its fixed scan. Raises MethodError `prediction-invalid`."""
        path = self.folder / "fields" / f"{name}.mha"
        if not path.is_file():
            raise MethodError("prediction-invalid", f"{name}: {path.name} is missing.")
        found = read_vector_image(path)
        if not found.grid.same_place(fixed):
            raise MethodError("prediction-invalid", f"{name}: the field does not lie on the grid of the fixed scan.")
        return found

    def official(self, official_name: str, fixed: Grid) -> Floats:
        """Voxel displacements (X, Y, Z, 3) as the evaluator reads them. Raises MethodError `prediction-invalid`."""
        path = self.folder / "learn2reg" / official_name
        if not path.is_file():
            raise MethodError("prediction-invalid", f"{path.name} is missing.")
        vectors = nibabel.Nifti1Image.from_filename(path).get_fdata()
        if vectors.shape != (*fixed.size, 3):
            message = f"{path.name} has the shape {vectors.shape}, expected {(*fixed.size, 3)}."
            raise MethodError("prediction-invalid", message)
        return np.asarray(vectors, np.float64)


def require_same(wanted: dict[str, Any], found: dict[str, Any], objection: str) -> None:
    """Raises MethodError `prediction-invalid` naming the first key that differs, with both values."""
    for key in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(key), found.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            require_same(one, other, f"{objection}: {key}")
        elif one != other:
            raise MethodError("prediction-invalid", f"{objection}: {key} is {other!r}, expected {one!r}.")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of ours. Raises MethodError `prediction-invalid`."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise MethodError("prediction-invalid", f"{path.parent.name}/{path.name} is missing or damaged.") from error
    if not isinstance(found, dict):
        raise MethodError("prediction-invalid", f"{path.parent.name}/{path.name} holds no object.")
    return found
