"""Pairs written as Learn2Reg distributes a data set: a list, scans, masks, keypoints in voxels."""

import json
from pathlib import Path

import numpy as np

from registration.phantom import PhantomPair
from tests.builders.images import write_image


def write_learn2reg(pairs: list[PhantomPair], folder: Path) -> Path:
    """Writes every pair as one of the validation split; returns the list."""
    for kind in ("imagesTr", "masksTr", "keypointsTr"):
        (folder / kind).mkdir(parents=True)
    entries = []
    for number, pair in enumerate(pairs, 1):
        names = [f"NLST_{number:04d}_000{phase}" for phase in (0, 1)]
        scans = (
            (pair.fixed, pair.fixed_masks, pair.landmarks_fixed),
            (pair.moving, pair.moving_masks, pair.landmarks_moving),
        )
        kept = pair.fixed.grid.contains(pair.landmarks_fixed) & pair.moving.grid.contains(pair.landmarks_moving)
        for name, (scan, masks, landmarks) in zip(names, scans, strict=True):
            write_image(scan.values.astype(np.int16), scan.grid, folder / "imagesTr" / f"{name}.nii.gz")
            write_image(masks["lung"].values.astype(np.uint8), scan.grid, folder / "masksTr" / f"{name}.nii.gz")
            voxels = scan.grid.mm_to_index(landmarks[kept])
            np.savetxt(folder / "keypointsTr" / f"{name}.csv", voxels, delimiter=",")
        entries.append(
            {role: f"./imagesTr/{name}.nii.gz" for role, name in zip(("fixed", "moving"), names, strict=True)}
        )
    path = folder / "NLST_dataset.json"
    path.write_text(json.dumps({"training_paired_images": [], "registration_val": entries}))
    return path
