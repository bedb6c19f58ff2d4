"""A phantom pair becomes a folder: two DICOM series of one study, the landmarks and the true field."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.uid import generate_uid

from registration.dicom.writing import SeriesIdentity, write_dicom_series
from registration.geometry import Grid
from registration.phantom.pair import PhantomPair

COLUMNS = ("fixed_x", "fixed_y", "fixed_z", "moving_x", "moving_y", "moving_z")


def write_phantom(pair: PhantomPair, folder: Path) -> None:
    """Writes `fixed/` and `moving/` (DICOM), `landmarks.csv`, `displacement_field.mha` and masks as `.nii.gz`.

    Both series belong to one patient and study; each has its own frame of reference. UIDs follow from kind and seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_dicom_series(pair.fixed, folder / "fixed", _identity(pair, "fixed", 1))
    write_dicom_series(pair.moving, folder / "moving", _identity(pair, "moving", 2))
    _write_landmarks(pair, folder / "landmarks.csv")
    field = pair.field(pair.fixed.grid.voxel_points()).reshape(*pair.fixed.grid.shape, 3).astype(np.float32)
    _write_image(field, pair.fixed.grid, folder / "displacement_field.mha", vector=True)
    for scan, masks in (("fixed", pair.fixed_masks), ("moving", pair.moving_masks)):
        for name, mask in masks.items():
            _write_image(mask.values.astype(np.uint8), mask.grid, folder / f"{scan}_{name}.nii.gz")


def _identity(pair: PhantomPair, scan: str, number: int) -> SeriesIdentity:
    def uid(*names: str) -> str:
        return str(generate_uid(entropy_srcs=["kernelreg phantom", pair.kind, str(pair.seed), *names]))

    name = f"PHANTOM^{pair.kind.upper()}"
    description = f"kernelreg phantom {pair.kind} {scan}, research only"
    return SeriesIdentity(
        uid("study"), uid("series", scan), uid("frame", scan), name, f"PHANTOM-{pair.seed}", description, number
    )


def _write_landmarks(pair: PhantomPair, path: Path) -> None:
    rows = np.hstack([pair.landmarks_fixed, pair.landmarks_moving])
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([f"{value:.6f}" for value in row] for row in rows)


def _write_image(values: np.ndarray, grid: Grid, path: Path, *, vector: bool = False) -> None:
    image = sitk.GetImageFromArray(values, isVector=vector)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.axes.ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=True)
