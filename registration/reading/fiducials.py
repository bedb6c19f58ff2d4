"""A Spatial Fiducials object becomes correspondences: two sets of points, paired by identifier (PS3.3 C.21.2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import SpatialFiducialsStorage

from registration.dicom.damage import ERRORS
from registration.dicom.opening import open_dataset
from registration.errors import PointError
from registration.geometry.grid import Floats

LARGEST_FILE = 8 * 2**20
"""Bytes; each point takes about 130, and sequences are slow to parse."""
Points = dict[str, list[float]]


def read_fiducials(path: Path) -> tuple[list[str], Floats, Floats]:
    """Identifiers, fixed points (N, 3) and moving points (N, 3) in mm; the first set is the fixed scan's.

    A point is called by its description where each has one of its own, else by its identifier. Raises
    `table-unreadable` for anything but two sets of single points with the same identifiers, `scan-unreadable` for a
    file that no reader of ours opens.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise _objection(path, f"holds {path.stat().st_size} bytes, accepted are {LARGEST_FILE}")
    try:
        header = open_dataset(path, ("SOPClassUID", "FiducialSetSequence"))
        if header.SOPClassUID != SpatialFiducialsStorage:
            raise _objection(path, "is no Spatial Fiducials object")
        sets = list(header.FiducialSetSequence)
        named = _naming(sets)
        found = [_points(path, one, named) for one in sets]
    except ERRORS as error:
        raise _objection(path, f"cannot be read as Spatial Fiducials ({type(error).__name__})") from error
    if len(found) != 2 or found[0].keys() != found[1].keys():
        sizes = " and ".join(str(len(one)) for one in found)
        raise _objection(path, f"holds sets of {sizes} points, expected two sets with the same identifiers")
    ids = list(found[0])
    fixed, moving = (np.array([one[key] for key in ids], np.float64) for one in found)
    return ids, fixed, moving


def _naming(sets: list[Dataset]) -> Callable[[Dataset], str]:
    """What names a point in all sets."""
    described = [[str(point.get("FiducialDescription", "")) for point in one.FiducialSequence] for one in sets]
    if all(all(names) and len(set(names)) == len(names) for names in described):
        return lambda point: str(point.FiducialDescription)
    return lambda point: str(point.FiducialIdentifier)


def _points(path: Path, one: Dataset, named: Callable[[Dataset], str]) -> Points:
    found: Points = {}
    for point in one.FiducialSequence:
        key, values = named(point), [float(value) for value in point.get("ContourData") or ()]
        if point.ShapeType != "POINT" or len(values) != 3 or not np.isfinite(values).all():
            raise _objection(path, f"fiducial {key!r} is no point of three finite numbers in patient space")
        if found.setdefault(key, values) is not values:
            raise _objection(path, f"the identifier {key!r} occurs more than once")
    return found


def _objection(path: Path, what: str) -> PointError:
    return PointError("table-unreadable", f"{path.name}: {what}")
