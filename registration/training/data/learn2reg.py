"""A Learn2Reg data set, as the challenge distributes it (NLST and its kin), becomes training pairs.

NLST_dataset.json                    lists of pairs, {"fixed": "./imagesTr/NLST_0001_0000.nii.gz", "moving": ...}
imagesTr/NLST_0001_0000.nii.gz       the scans that it names
labelsTr/ or masksTr/, same names    organs or lungs, where there are any
keypointsTr/NLST_0001_0000.csv       voxels x,y,z; row n of the fixed file corresponds to row n of the moving one
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Literal

from registration.errors import MethodError
from registration.geometry.grid import Floats
from registration.reading import read_mask, read_points, read_scan
from registration.training.data.pairs import TrainingPair
from registration.volume import Volume

Split = Literal["training", "validation"]
KEYS: dict[Split, str] = {"training": "training_paired_images", "validation": "registration_val"}
KEPT_BACK = ("registration_val", "registration_test")
LABELS = ("labels", "masks")
"""Folders of label maps, the richer kind first."""


class Learn2RegPairs:
    """The pairs of one split. Pairs that the file also lists for validation or test are no training pairs.

    Raises MethodError `data-set-invalid` when the file is no such list or names files that are not there.
    """

    def __init__(self, file: Path, split: Split) -> None:
        self.folder, content = file.parent, _read(file)
        listed = _pairs(file, content, KEYS[split])
        if split == "training":
            away = [pair for key in KEPT_BACK if key in content for pair in _pairs(file, content, key)]
            listed = [pair for pair in listed if pair not in away]
        if not listed:
            raise _invalid(file, f"expected pairs under {KEYS[split]!r} that are not kept back, got none")
        missing = [name for pair in listed for name in pair if not (self.folder / name).is_file()]
        if missing:
            raise _invalid(file, f"{len(missing)} of the images it names are not there, the first is {missing[0]}")
        self.names = listed

    def __len__(self) -> int:
        return len(self.names)

    def pair(self, index: int) -> TrainingPair:
        """Pair number `index` of the list."""
        paths = [self.folder / name for name in self.names[index]]
        fixed, moving = (read_scan(path).volume for path in paths)
        labels = files_beside(paths, LABELS, "")
        maps = tuple(read_mask(path, v.grid) for path, v in zip(labels, (fixed, moving), strict=True)) if labels else ()
        tables = files_beside(paths, ("keypoints",), ".csv")
        return TrainingPair(
            fixed,
            moving,
            label_maps=((maps[0], maps[1]),) if maps else (),
            landmarks=landmarks_of(tables, fixed, moving) if tables else None,
        )


def _read(file: Path) -> dict[str, object]:
    if not file.is_file():
        raise _invalid(file, "there is no such file")
    try:
        content = json.loads(file.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _invalid(file, f"expected JSON, {error}") from error
    if not isinstance(content, dict):
        raise _invalid(file, f"expected an object with the key {KEYS['training']!r}, got {type(content).__name__}")
    return content


def _pairs(file: Path, content: dict[str, object], key: str) -> list[tuple[str, str]]:
    """The (fixed, moving) names under a key."""
    entries = content.get(key)
    if not isinstance(entries, list):
        raise _invalid(file, f"the key {key!r} is missing, or is no list; there are {', '.join(sorted(content))}")
    for entry in entries:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(role), str) for role in ("fixed", "moving")):
            raise _invalid(file, f"under {key!r} expected {{'fixed': PATH, 'moving': PATH}}, got {entry!r}")
    return [(PurePosixPath(entry["fixed"]).as_posix(), PurePosixPath(entry["moving"]).as_posix()) for entry in entries]


def files_beside(images: list[Path], kinds: tuple[str, ...], suffix: str) -> list[Path]:
    """Files of another kind for the images: for `imagesTr/x.nii.gz`, `masksTr/x.nii.gz`. None unless each has one."""
    for kind in kinds:
        folders = [image.parent.parent / image.parent.name.replace("images", kind) for image in images]
        names = [image.name.split(".")[0] + suffix if suffix else image.name for image in images]
        found = [folder / name for folder, name in zip(folders, names, strict=True)]
        if folders[0] != images[0].parent and all(path.is_file() for path in found):
            return found
    return []


def landmarks_of(tables: list[Path], fixed: Volume, moving: Volume) -> tuple[Floats, Floats]:
    """Both tables of voxel indices in patient millimetres."""
    a, b = (volume.grid.index_to_mm(read_points(t)[1]) for t, volume in zip(tables, (fixed, moving), strict=True))
    if len(a) != len(b):
        counts = f"{len(a)} points in {tables[0].name}, {len(b)} in {tables[1].name}"
        raise MethodError(
            "data-set-invalid", f"Keypoints correspond row by row: expected as many in both, got {counts}."
        )
    return a, b


def _invalid(file: Path, what: str) -> MethodError:
    return MethodError("data-set-invalid", f"{file.name} in {file.parent}: {what}.")
