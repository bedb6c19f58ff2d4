"""Any volume of the moving scan's frame becomes a volume on the fixed grid, with the figures that tell what was lost.

The volume may lie on any grid of its own: it is read at x + d(x) directly, one interpolation in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.field.inverse import inverse_points
from registration.geometry import Grid
from registration.products.blocks import EVERY_OTHER, every_other
from registration.products.labels import LabelPuller, Labels
from registration.products.warping import Puller
from registration.volume import Volume

Holds = Literal["intensity", "labels"]
HOLDS: tuple[Holds, ...] = get_args(Holds)
SAMPLED = 1000
"""Of each label so many voxels at most, drawn at random, are sent back to see which lie beyond the fixed scan."""
BACK_MM = 0.05
"""How well they are sent back."""


@dataclass(frozen=True)
class Carried:
    """`volume` on the fixed grid, and JSON-ready figures: `outside_percent` of the fixed voxels lie where the volume
    has none; of labels also one row each, volumes in ml.
    """

    volume: Volume
    holds: Holds
    summary: dict[str, Any]


def carried(volume: Volume, field: DisplacementField, holds: Holds) -> Carried:
    """The volume pulled through the field: trilinear for intensities, the label that weighs most for labels.

    Raises `labels-invalid`, and `scans-do-not-overlap` when the field leads nowhere into the volume.
    """
    outside = _outside_percent(volume.grid, field)
    if outside == 100:
        raise MethodError("scans-do-not-overlap", "The field leads no point of the fixed scan into this volume.")
    summary: dict[str, Any] = {"kind": holds, "outside_percent": outside}
    if holds == "intensity":
        return Carried(Puller(volume).through(field), holds, summary)
    puller = LabelPuller(volume)
    found = puller.through(field)
    summary["labels"] = _rows(puller.labels, volume.grid, found, field)
    return Carried(Volume(found.astype(np.float32), field.grid), holds, summary)


def _outside_percent(grid: Grid, field: DisplacementField) -> float:
    """Of the fixed voxels, those that the field leads out of the grid; every other one along each axis is looked at."""
    there = every_other(field.grid).voxel_points() + field.vectors_mm[EVERY_OTHER]
    return 100.0 - 100.0 * float(grid.contains(there).mean())


def _rows(before: Labels, grid: Grid, after: Labels, field: DisplacementField) -> list[dict[str, Any]]:
    """For every label its volume in ml in the moving and in the fixed scan, and the share beyond the fixed scan."""
    ml = [1e-3 * float(np.prod(one.spacing_mm)) for one in (grid, field.grid)]
    counts = [np.bincount(one.ravel(), minlength=2) for one in (before, after)]
    left = _left_percent(before, grid, field)
    rows = []
    for label in sorted(left):
        arrived = int(counts[1][label]) if label < len(counts[1]) else 0
        volumes = {"before_ml": int(counts[0][label]) * ml[0], "after_ml": arrived * ml[1]}
        rows.append({"label": label, **volumes, "left_percent": left[label]})
    return rows


def _left_percent(labels: Labels, grid: Grid, field: DisplacementField) -> dict[int, float]:
    """By label, how much of it lies where the fixed scan does not reach, from a sample of its voxels."""
    counts = np.bincount(labels.ravel())
    boxes = enumerate(find_objects(labels), 1)
    samples = {label: _sample(labels, label, box, int(counts[label])) for label, box in boxes if box}
    if not samples:
        return {}
    points = grid.index_to_mm(np.concatenate(list(samples.values())))
    found = inverse_points(field, points, tolerance_mm=BACK_MM)
    out = ~field.grid.contains(found.points_mm)
    parts = np.split(out, np.cumsum([len(one) for one in samples.values()])[:-1])
    return {label: 100.0 * float(part.mean()) for label, part in zip(samples, parts, strict=True)}


def _sample(labels: Labels, label: int, box: tuple[slice, ...], count: int) -> NDArray[np.int64]:
    """Voxels (N, 3) of a label, (x, y, z), that has `count` of them in its box."""
    part = labels[box]
    chosen = np.flatnonzero(part == label)
    if count > SAMPLED:
        chosen = chosen[np.random.default_rng(label).choice(count, SAMPLED, replace=False)]
    z, y, x = (n + one.start for n, one in zip(np.unravel_index(chosen, part.shape), box, strict=True))
    return np.stack([x, y, z], axis=1)
