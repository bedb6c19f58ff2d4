"""Every DICOM object of one result, written once for a grid: what validators and readers look at."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from registration.archive import StoredResult, load_result, save_result
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.dicom.identity import Stamp
from registration.products.dicom.objects import OBJECTS, write_objects
from registration.products.dicom.segmentation import write_segmentation
from registration.products.dicom.segments import Segment
from registration.products.outcome import Outcome, outcome_of
from registration.provenance import DicomSource, SourceInstance
from registration.volume import Volume
from tests.builders.fields import clicks_on, odd_grid
from tests.builders.grids import odd_grids
from tests.builders.sourced import ORIGIN, SIZE, SPACING, registration, sourced_result

STAMP = Stamp("result", "revision", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
BASE = Grid(SIZE, SPACING, ORIGIN)
GRIDS = odd_grids(BASE) | {"oblique and far": odd_grid(11, SIZE), "left-handed": BASE}
"""All of them anisotropic and off-centre; the last as a scan whose slices are stored against their normal."""
NAMES = (*OBJECTS, "segmentation")
SEGMENTS = {7: Segment("Leber, linker Lappen: größer")}


@dataclass(frozen=True)
class Written:
    """A result, its labels, the files of each object, and the headers of the fixed scan by instance."""

    outcome: Outcome
    labels: Volume
    files: dict[str, list[Path]]
    fixed_headers: dict[str, Dataset]


def written(folder: Path, grid_name: str) -> Written:
    """Every object of a result on one of GRIDS, with three corrections and two labels."""
    stored = sourced_result(folder, grid=GRIDS[grid_name])
    stored = left_handed(stored, folder / "left") if grid_name == "left-handed" else stored
    outcome = outcome_of(stored, clicks_on(stored.base, 3, apart_mm=8))
    files = write_objects(outcome, folder / "objects", tuple(OBJECTS), STAMP)
    labels = two_labels(stored.fixed.grid)
    files["segmentation"] = [write_segmentation(outcome, STAMP, folder, labels, SEGMENTS)]
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in (folder / "fixed").iterdir()]
    return Written(outcome, labels, files, {one.SOPInstanceUID: one for one in headers})


def two_labels(grid: Grid) -> Volume:
    """Label 2 and label 7, both touching the border of the grid, in slices that overlap."""
    values = np.zeros(grid.shape, np.float32)
    values[1:6, 3:9, 0:7], values[4:, 9:, 10:] = 2, 7
    return Volume(values, grid)


def with_instances(stored: StoredResult, instances: tuple[SourceInstance, ...]) -> StoredResult:
    """The same result, the slices of its fixed scan held by other instances."""
    assert stored.fixed.source is not None
    source = DicomSource(stored.fixed.source.header, instances)
    return replace(stored, fixed=replace(stored.fixed, source=source))


def left_handed(stored: StoredResult, folder: Path) -> StoredResult:
    """The same result with the slices of its fixed scan counted from the other end."""
    fixed, source = stored.fixed, stored.fixed.source
    assert source is not None
    grid = fixed.grid
    axes = grid.axes * (1, 1, -1)
    origin = tuple(grid.index_to_mm((0, 0, grid.size[2] - 1)).tolist())
    turned = replace(grid, origin_mm=origin, direction=tuple(map(tuple, axes.tolist())))
    field = DisplacementField(stored.base.vectors_mm[::-1].copy(), turned)
    scan = Volume(fixed.values[::-1].copy(), turned, DicomSource(source.header, source.instances[::-1]))
    shift = np.asarray(stored.manifest["pre_alignment"])[:3, 3]
    save_result(folder, scan, stored.moving, registration(field, shift))
    return load_result(folder)
