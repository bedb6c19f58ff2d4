"""A folder of pairs becomes training pairs: one folder for each patient, as `kernelreg phantom` writes them.

    patient-1/fixed.nii.gz, moving.nii.gz      the scans, in any format that kernelreg reads; of DICOM, folders
    patient-1/fixed_lung.nii.gz, moving_lung.nii.gz        masks or label maps on their scans' grids, any number
    patient-1/landmarks.csv                    fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z in mm LPS
    patient-1/displacement_field.mha           the true field, where it is known

All but the scans may be missing; a map of one scan alone is left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.reading import read_correspondences, read_mask, read_scan
from registration.training.data.pairs import TrainingPair
from registration.volume import Volume

ROLES = ("fixed", "moving")
LANDMARKS, FIELD = "landmarks.csv", "displacement_field.mha"


class FolderPairs:
    """The pairs below `folder`, in the order of their names. Raises MethodError `data-set-invalid`."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise MethodError("data-set-invalid", f"{folder}: expected a folder of pairs, there is none.")
        below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        if not below:
            raise MethodError("data-set-invalid", f"{folder}: expected one folder per pair in it, got none.")
        self.scans = [tuple(_scan(pair, role) for role in ROLES) for pair in below]
        self.folders = below

    def __len__(self) -> int:
        return len(self.folders)

    def pair(self, index: int) -> TrainingPair:
        """Pair number `index` by name."""
        folder = self.folders[index]
        fixed, moving = (read_scan(path).volume for path in self.scans[index])
        landmarks = folder / LANDMARKS
        return TrainingPair(
            fixed,
            moving,
            label_maps=tuple(label_maps(folder, fixed, moving).values()),
            landmarks=read_correspondences(landmarks)[1:] if landmarks.is_file() else None,
            truth=read_vector_image(folder / FIELD) if (folder / FIELD).is_file() else None,
        )


def label_maps(folder: Path, fixed: Volume, moving: Volume) -> dict[str, tuple[Volume, Volume]]:
    """Every map that both scans have, by its name."""
    a, b = ({_stem(path, role): path for path in sorted(folder.glob(f"{role}_*"))} for role in ROLES)
    return {n: (read_mask(a[n], fixed.grid), read_mask(b[n], moving.grid)) for n in a if n in b}


def _scan(folder: Path, role: str) -> Path:
    """The scan of a role: the one file or folder of that name."""
    found = [path for path in sorted(folder.iterdir()) if path.name.split(".")[0] == role]
    if len(found) != 1:
        got = ", ".join(path.name for path in found) or "none"
        raise MethodError("data-set-invalid", f"{folder}: expected one scan called {role!r}, got {got}.")
    return found[0]


def _stem(path: Path, role: str) -> str:
    return path.name.removeprefix(f"{role}_").split(".")[0]


def read_vector_image(path: Path) -> DisplacementField:
    """The field in a vector image of (x, y, z) mm LPS."""
    image = sitk.ReadImage(str(path), sitk.sitkVectorFloat32)
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 3:
        raise MethodError("data-set-invalid", f"{path}: expected three numbers at each voxel of three axes.")
    (x, y, z), (sx, sy, sz), (ox, oy, oz) = image.GetSize(), image.GetSpacing(), image.GetOrigin()
    axes = np.reshape(image.GetDirection(), (3, 3))
    direction = tuple((float(a), float(b), float(c)) for a, b, c in axes)
    return DisplacementField(sitk.GetArrayFromImage(image), Grid((x, y, z), (sx, sy, sz), (ox, oy, oz), direction))
