"""A stored result whose scans came as DICOM: what the objects of a registration are made from."""

from pathlib import Path

import numpy as np
import pydicom

from registration.archive import StoredResult, load_result, save_result
from registration.dicom import SeriesIdentity, write_dicom_series
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.reading import read_scan
from registration.result import ModelIdentity, Registration
from registration.volume import Volume
from tests.builders.fields import smooth_field
from tests.builders.results import BOUNDS, pattern

PATIENT = "SECRET^Jürgen"
SIZE, SPACING, ORIGIN = (20, 16, 12), (1.6, 1.2, 2.4), (-41.5, 87.25, -633.0)


def sourced_result(folder: Path, *, grid: Grid, moving: Grid | None = None, same_frame: bool = False) -> StoredResult:
    """Both scans written as DICOM and read again, the fixed one on `grid`, mapped by a smooth field around a shift."""
    moving = moving or Grid((44, 40, 36), (1.5, 1.4, 2.0), tuple((grid.corners().mean(0) - 35).tolist()))
    fixed_scan = scan(folder / "fixed", grid, "fixed", "frame")
    moving_scan = scan(folder / "moving", moving, "moving", "frame" if same_frame else "other frame")
    field = smooth_field(3, fixed_scan.grid)
    shift = moving.corners().mean(0) - grid.corners().mean(0)
    field = DisplacementField(np.float32(field.vectors_mm - field.vectors_mm.mean((0, 1, 2)) + shift), fixed_scan.grid)
    save_result(folder / "result", fixed_scan, moving_scan, registration(field, shift))
    return load_result(folder / "result")


def scan(folder: Path, grid: Grid, name: str, frame: str) -> Volume:
    """A scan of the test pattern that went through DICOM; its slices are in the order in which they were read."""
    uid = {key: f"2.25.{1 + sum(map(ord, key + name)) * 10 + i}" for i, key in enumerate(("study", "series"))}
    identity = SeriesIdentity(
        uid["study"], uid["series"], f"2.25.{sum(map(ord, frame))}", PATIENT, "SECRET-ID", f"{name} scan"
    )
    for file in write_dicom_series(Volume(pattern(grid.voxel_points()), grid), folder, identity):
        one = pydicom.dcmread(file)
        one.StudyDate, one.StudyTime, one.StudyID, one.AccessionNumber = "20210314", "151617", "S1", "A1"
        one.BodyPartExamined, one.PatientBirthDate, one.PatientSex = "CHEST", "19500102", "O"
        one.save_as(file)
    volume = read_scan(folder).volume
    assert volume.source is not None
    return volume


def registration(field: DisplacementField, shift: np.ndarray) -> Registration:
    """A registration of this field with figures of its own."""
    shape, matrix = field.grid.shape, np.eye(4)
    matrix[:3, 3] = shift
    error = np.linspace(0.5, 4.5, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    points = field.grid.voxel_points().reshape(-1, 3)[:: error.size // 30].astype(np.float32)
    there, sure = field.map_points(points).astype(np.float32), np.full(len(points), 0.75, np.float32)
    matches = Matches(points, there, sure, np.zeros((len(points), 0), np.float32))
    model = ModelIdentity("kernelreg", "0.1.0", "00ff" * 16)
    return Registration(field, error, error / 2, BOUNDS, matches, matrix, model, {"folds": 0}, {"field": 0.5}, "auto")
