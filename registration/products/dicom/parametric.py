"""Maps of a result become DICOM Parametric Maps of the fixed scan's study: floats in the world's own unit (PS3.3 A.75).

A map lies on the fixed scan's slices, so that every frame names the instance it belongs to. Floats cannot be compressed
in DICOM; a map of more than LARGEST voxels is written with wider pixels, each the worst of the square it covers: the
largest error, the least confidence, the smallest determinant. What should alarm a reader is never averaged away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.sr.coding import Code
from pydicom.uid import ParametricMapStorage

from registration.geometry import Grid
from registration.products.dicom import codes
from registration.products.dicom.frames import NO_UID, completed, first_points, stand_ins
from registration.products.dicom.identity import Stamp, sources_of
from registration.products.dicom.modules import MANUFACTURER, RESEARCH, Kind, new_object, saved
from registration.products.outcome import Outcome

LARGEST = 2**25
"""Voxels of a map, 128 MiB: above it a CT of 512 columns gets pixels twice as wide."""
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Map:
    """What is written and what its numbers mean; `shown` is the range that a viewer starts with."""

    kind: Kind
    values: Callable[[Outcome], Values]
    quantity: Code
    unit: Code
    shown: tuple[float, float]
    worst: np.ufunc

    def write(self, outcome: Outcome, stamp: Stamp, folder: Path) -> list[Path]:
        """One instance in `folder`; its path. None where no voxel has a value, as of the error of a foreign field.

        Raises `no-dicom-source` when a scan did not come as DICOM.
        """
        source, fixed, known = sources_of(outcome).fixed, outcome.field.grid, self.values(outcome)
        if not np.isfinite(known).any():
            return []
        values, grid = coarser(known, fixed, self.worst, width_for(fixed))
        image = completed(_image(self, values, grid, fixed), new_object(outcome, stamp, self.kind), source)
        image.CodingSchemeIdentificationSequence = [codes.scheme()]
        return [saved(image, folder)]


def _kind(name: str, description: str, number: int) -> Kind:
    return Kind(name, ParametricMapStorage, "OT", description, number)


MAPS: tuple[Map, ...] = (
    Map(
        _kind("error", "expected error in mm", 9004),
        lambda o: o.stored.error_mm,
        codes.own("expected-error"),
        codes.MM,
        (0.0, 10.0),
        np.maximum,
    ),
    Map(
        _kind("confidence", "confidence", 9005),
        lambda o: o.stored.confidence,
        codes.own("confidence"),
        codes.UNITLESS,
        (0.0, 1.0),
        np.minimum,
    ),
    Map(
        _kind("jacobian", "Jacobian determinant", 9006),
        lambda o: o.jacobian,
        codes.own("jacobian"),
        codes.UNITLESS,
        (0.0, 2.0),
        np.minimum,
    ),
)


def width_for(grid: Grid) -> int:
    """How many voxels wide a pixel of a map is, so that the map has at most LARGEST."""
    x, y, z = grid.size
    return max(1, ceil(sqrt(x * y * z / LARGEST)))


def coarser(values: Values, grid: Grid, worst: np.ufunc, width: int) -> tuple[Values, Grid]:
    """The worst of each square of `width` x `width` voxels of a slice, and the grid of the squares' centres."""
    if width == 1:
        return np.asarray(values), grid
    (x, y, z), (sx, sy, sz) = grid.size, grid.spacing_mm
    rows = worst.reduceat(values, np.arange(0, y, width), axis=1)
    squares = worst.reduceat(rows, np.arange(0, x, width), axis=2)
    a, b, c = grid.index_to_mm(((width - 1) / 2, (width - 1) / 2, 0)).tolist()
    size = (squares.shape[2], squares.shape[1], z)
    return squares, Grid(size, (width * sx, width * sy, sz), (a, b, c), grid.direction)


def _image(one: Map, values: Values, grid: Grid, fixed: Grid) -> hd.pm.ParametricMap:
    """The map on `grid`, its references still those to stand-ins for the slices of `fixed`."""
    low, high = one.shown
    return hd.pm.ParametricMap(
        stand_ins(fixed),
        values,
        series_instance_uid=NO_UID,
        series_number=one.kind.series_number,
        sop_instance_uid=NO_UID,
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions="0",
        device_serial_number="0",
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[_mapping(one, values)],
        voi_lut_transformations=[hd.VOILUTTransformation(window_center=(low + high) / 2, window_width=high - low)],
        content_label=one.kind.name.upper(),
        content_description=RESEARCH,
        pixel_measures=hd.PixelMeasuresSequence(list(grid.spacing_mm[1::-1]), grid.spacing_mm[2], grid.spacing_mm[2]),
        plane_orientation=hd.PlaneOrientationSequence("PATIENT", grid.axes[:, :2].T.ravel().tolist()),
        plane_positions=[hd.PlanePositionSequence("PATIENT", origin) for origin in first_points(grid)],
    )


def _mapping(one: Map, values: Values) -> hd.pm.RealWorldValueMapping:
    """Stored values are the world's: slope 1, intercept 0, over all values there are; NaN is none."""
    extent = (float(np.nanmin(values)), float(np.nanmax(values)))
    return hd.pm.RealWorldValueMapping(
        one.kind.name.upper(), one.quantity.meaning, one.unit, extent, quantity_definition=one.quantity
    )
