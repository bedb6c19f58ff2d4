"""A tiny data set in Learn2Reg's layout, oblique and anisotropic, with organs, lungs and keypoints of known motion."""

import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from registration.evaluation.methods import Method
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from tests.builders.fields import odd_grid
from tests.builders.images import write_image

SIZE = (26, 22, 20)
FIXED = Grid(SIZE, (1.5, 2.0, 2.5), (10.0, -40.0, 5.0), odd_grid(4).direction)
MOVING = Grid(SIZE, (1.4, 2.1, 2.5), (12.0, -41.0, 3.0), odd_grid(4).direction)
NAMES = ("NLST_0101", "NLST_0102", "NLST_0103")
LABELS = (1, 3)


def write_official(folder: Path) -> Path:
    """Three pairs of the validation split; the moving scan of the third lacks label 3. Returns the list."""
    for kind in ("imagesTr", "labelsTr", "masksTr", "keypointsTr"):
        (folder / kind).mkdir(parents=True)
    for number, name in enumerate(NAMES):
        rng = np.random.default_rng(number)
        fixed = rng.uniform(4, np.array(SIZE) - 5, (12, 3))
        points = fixed, fixed + rng.normal(0, 0.7, fixed.shape)
        for scan, grid in enumerate((FIXED, MOVING)):
            stem = f"{name}_{scan:04d}"
            noise = gaussian_filter(rng.normal(size=grid.shape), 2)
            write_image(np.int16(4000 * noise), grid, folder / "imagesTr" / f"{stem}.nii.gz")
            write_image(_organs(scan, number), grid, folder / "labelsTr" / f"{stem}.nii.gz")
            lungs = np.zeros(grid.shape, np.uint8)
            lungs[3:15, 4:18, 5:20] = 1
            write_image(lungs, grid, folder / "masksTr" / f"{stem}.nii.gz")
            np.savetxt(folder / "keypointsTr" / f"{stem}.csv", points[scan], delimiter=",")
    pairs = [{"fixed": f"./imagesTr/{n}_0000.nii.gz", "moving": f"./imagesTr/{n}_0001.nii.gz"} for n in NAMES]
    path = folder / "NLST_dataset.json"
    path.write_text(json.dumps({"training_paired_images": [], "registration_val": pairs}))
    return path


def wavy(strength_mm: float) -> Method:
    """A method that bends space by smooth noise, the same for every pair."""
    rng = np.random.default_rng(7)
    parts = [gaussian_filter(rng.normal(size=FIXED.shape), 3) for _ in range(3)]
    noise = np.stack([strength_mm * part / part.std() for part in parts], -1).astype(np.float32)
    shift = np.float32(MOVING.index_to_mm((0, 0, 0)) - FIXED.index_to_mm((0, 0, 0)))
    return Method({"strength_mm": strength_mm}, lambda fixed, _: DisplacementField(noise + shift, fixed.grid))


def _organs(scan: int, number: int) -> np.ndarray:
    """Two boxes, moved by a voxel or two in the moving scan."""
    labels = np.zeros(FIXED.shape, np.uint8)
    labels[5 + scan : 12 + scan, 4 : 11 + scan, 4 + number : 12 + number] = LABELS[0]
    if not (scan and number == 2):
        labels[6:10, 13 : 19 - scan, 14 + scan : 22] = LABELS[1]
    return labels


def gentle(_preset: str) -> Method:
    """A method of a module of its own, as peers are."""
    return wavy(0.5)
