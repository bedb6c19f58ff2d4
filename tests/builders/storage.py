"""One scan in every way that its voxels can be stored: axes in any order and direction, as a DICOM series."""

from itertools import permutations, product
from pathlib import Path

import numpy as np
from pydicom.uid import generate_uid

from registration.dicom import SeriesIdentity, write_dicom_series
from registration.geometry import Grid
from registration.phantom import PhantomPair, make_phantom
from registration.reading import read_scan
from registration.volume import Volume
from tests.builders.grids import turned

Storage = tuple[tuple[int, int, int], tuple[int, int, int]]
"""`order` and `flips`: axis `order[i]` (x, y, z counting) is stored as axis i, backwards where `flips[i]` is -1."""
FIXED = turned(Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0)), (12.0, -9.0, 15.0))
MOVING = turned(Grid((50, 40, 30), (2.2, 2.8, 4.5), (-110.0, -62.0, -62.0)), (-8.0, 5.0, -20.0))


def storages() -> list[Storage]:
    """All 48: the 24 that are rotations of the axes first, then the 24 that mirror them."""
    every = list(product(permutations(range(3)), product((1, -1), repeat=3)))
    return sorted(every, key=lambda one: handedness(*one), reverse=True)


def handedness(order: tuple[int, ...], flips: tuple[int, ...]) -> int:
    """1 for a rotation of the axes, -1 for a reflection."""
    return round(float(np.linalg.det(np.eye(3)[:, list(order)] * flips)))


def stored(volume: Volume, storage: Storage) -> Volume:
    """The same voxels with their axes in another order and direction."""
    (order, flips), grid = storage, volume.grid
    start = np.zeros(3)
    start[list(order)] = [grid.size[axis] - 1 if flip < 0 else 0 for axis, flip in zip(order, flips, strict=True)]
    size, spacing = (tuple(values[axis] for axis in order) for values in (grid.size, grid.spacing_mm))
    axes = grid.axes[:, list(order)] * flips
    values = volume.values.transpose([2 - axis for axis in reversed(order)])
    values = values[tuple(slice(None, None, flip) for flip in reversed(flips))]
    return Volume(values, Grid(size, spacing, tuple(grid.index_to_mm(start)), tuple(map(tuple, axes))))


def through_dicom(volume: Volume, folder: Path) -> Volume:
    """The volume as it is read from a DICOM series that was written of it."""
    uids = [generate_uid() for _ in range(3)]
    write_dicom_series(volume, folder, SeriesIdentity(*uids, "Phantom", "P", "storage"))
    return read_scan(folder).volume


def phantom_pair() -> PhantomPair:
    """A small thorax on two anisotropic, oblique grids."""
    return make_phantom("thorax", seed=1, grid=FIXED, moving_grid=MOVING)
