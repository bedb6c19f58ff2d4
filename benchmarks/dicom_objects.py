"""Each DICOM object of a 512 x 512 x 134 result: seconds of CPU, what memory rises by, and bytes."""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from registration.archive import load_result, save_result
from registration.confidence.bounds import ErrorBounds
from registration.field.displacement import DisplacementField
from registration.field.parallel import sampled_along
from registration.geometry import Grid
from registration.matches import Matches
from registration.products.dicom.deformable import write_deformable
from registration.products.dicom.identity import Stamp
from registration.products.dicom.objects import OBJECTS
from registration.products.outcome import Outcome, outcome_of
from registration.provenance import DicomSource, SourceInstance
from registration.result import ModelIdentity, Registration
from registration.volume import Volume

GRID = Grid((512, 512, 134), (0.7, 0.7, 2.5), (-180.0, -180.0, -300.0))
WAVES = Grid((9, 9, 8), (45.0, 45.0, 48.0), GRID.origin_mm)
CT = "1.2.840.10008.5.1.4.1.1.2"
SPACINGS_MM = (3.0, 0.1)


def main() -> None:
    """Print a row for each object, and for the field at some spacings."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        outcome = _outcome(Path(name) / "result")
        began = time.process_time()
        print(f"warping {outcome.warped.values.size / 1e6:.0f} M voxels: {time.process_time() - began:.1f} s of CPU")
        stamp = Stamp("result", "revision", datetime(2026, 1, 2, tzinfo=UTC))
        for spacing in SPACINGS_MM:
            _report(f"registration, {spacing:g} mm or the grid's", Path(name), outcome, stamp, spacing)
        for key in OBJECTS:
            _report(key, Path(name), outcome, stamp)


def _report(key: str, folder: Path, outcome: Outcome, stamp: Stamp, spacing_mm: float | None = None) -> None:
    peak, began = _peak(), time.process_time()
    paths = write_deformable(outcome, stamp, folder, spacing_mm) if spacing_mm else OBJECTS[key](outcome, stamp, folder)
    seconds, size = time.process_time() - began, sum(path.stat().st_size for path in paths)
    print(f"{key:34} {len(paths):4} files {size / 1e6:7.1f} MB {seconds:6.2f} s of CPU, peak +{_peak() - peak} MB")
    for path in paths:
        path.unlink()


def _outcome(folder: Path) -> Outcome:
    """A result with a field of smooth waves, as if both scans had come as DICOM."""
    rng = np.random.default_rng(0)
    waves = DisplacementField(rng.normal(0, 4, (*WAVES.shape, 3)).astype(np.float32), WAVES)
    field = sampled_along(waves, GRID)
    scan = rng.normal(40, 30, GRID.shape).astype(np.float32)
    error, points = np.ones(GRID.shape, np.float32), np.zeros((1, 3), np.float32)
    matches = Matches(points, points, np.ones(1, np.float32), np.zeros((1, 0), np.float32))
    model, bounds = ModelIdentity("none", "1", ""), ErrorBounds((0.9,), (1.0,), ((2.0,),))
    result = Registration(field, error, error, bounds, matches, np.eye(4), model, {}, {}, "auto")
    save_result(folder, Volume(scan, GRID, _source("5")), Volume(scan, GRID, _source("6")), result)
    return outcome_of(load_result(folder))


def _source(root: str) -> DicomSource:
    values = {"0020000D": f"2.25.{root}1", "0020000E": f"2.25.{root}2", "00200052": f"2.25.{root}3"}
    header = {tag: {"vr": "UI", "Value": [value]} for tag, value in values.items()}
    return DicomSource(header, tuple(SourceInstance(CT, f"2.25.{root}9{k}") for k in range(GRID.size[2])))


def _peak() -> int:
    """The most memory that this process ever had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
