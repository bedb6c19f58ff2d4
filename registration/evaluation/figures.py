"""A case and its field become figures, by the project's own definitions.

Names: `tre_mm`, `tre30_mm`, ... of landmarks; `sd_log_jacobian` and `folds_percent`, with `_mask` inside the mask;
`ncc`; `dice STRUCTURE`, `assd_mm STRUCTURE`, `hd95_mm STRUCTURE`, and without a structure their mean; `margin_mm`, ...
"""

from __future__ import annotations

import numpy as np

from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.cases import Case
from registration.evaluation.labels import Structure, structures
from registration.evaluation.treatment import add_margin
from registration.field.displacement import DisplacementField
from registration.geometry.grid import Floats
from registration.metrics.folding import folding
from registration.metrics.landmarks import distances, landmark_errors, landmark_figures
from registration.metrics.overlap import Mask, dice
from registration.metrics.similarity import ncc
from registration.metrics.surfaces import average_symmetric_mm, hausdorff_mm, surface_distances
from registration.products.blocks import slabs
from registration.products.warping import warp

LANDMARKS = ("tre_before_mm", "tre_mm", "tre30_mm", "median_mm", "max_mm", "landmarks")
SMOOTHNESS = ("sd_log_jacobian", "folds_percent")
OVERLAP = ("dice", "assd_mm", "hd95_mm")


def figures_of(case: Case, field: DisplacementField) -> CaseFigures:
    """All figures of a field for which the case knows a truth."""
    figures = CaseFigures(case.name)
    if case.landmarks is not None:
        add_landmarks(figures, case.landmarks, field)
    figures.take(lambda: _smoothness(field, None), *SMOOTHNESS)
    if case.mask is not None:
        figures.take(lambda: _smoothness(field, case.mask), *(f"{name}_mask" for name in SMOOTHNESS))
    figures.take(lambda: {"ncc": _likeness(case, field)}, "ncc")
    _structures(figures, case, field)
    if case.treatment is not None:
        add_margin(figures, case.treatment, field)
    return figures


def add_landmarks(figures: CaseFigures, landmarks: tuple[Floats, Floats], field: DisplacementField) -> None:
    """`tre_mm` and its kin, and every landmark's error; reads the field at the landmarks alone."""
    fixed, moving = landmarks
    before, after = distances(fixed, moving), landmark_errors(field, fixed, moving)
    figures.errors_before_mm, figures.errors_mm = before.tolist(), after.tolist()
    figures.take(lambda: _landmarks(before, after), *LANDMARKS)


def _landmarks(before: Floats, after: Floats) -> dict[str, float]:
    first, of = landmark_figures(before), landmark_figures(after)
    found = first.mean_mm, of.mean_mm, of.worst_mean_mm, of.median_mm, of.max_mm, of.count
    return dict(zip(LANDMARKS, found, strict=True))


def _smoothness(field: DisplacementField, mask: Mask | None) -> dict[str, float]:
    found, suffix = folding(field, mask), "" if mask is None else "_mask"
    return {f"sd_log_jacobian{suffix}": found.sd_log_jacobian, f"folds_percent{suffix}": found.folds_percent}


def _likeness(case: Case, field: DisplacementField) -> float:
    """Correlation of the fixed scan with the pulled one, in the mask, where the field leads into the moving scan."""
    asked = np.ones(field.grid.shape, bool) if case.mask is None else case.mask.copy()
    for box in slabs(field.grid):
        points = field.grid.voxel_points(box.start, box.stop) + field.vectors_mm[box.slices]
        asked[box.slices] &= case.moving.grid.contains(points)
    return ncc(case.fixed.values, warp(case.moving, field).values, asked)


def _structures(figures: CaseFigures, case: Case, field: DisplacementField) -> None:
    """Dice, ASSD and HD95 of every structure, and their means."""
    names = []
    for one in structures(case, lambda labels: warp(labels, field, interpolation="nearest").values):
        names.append(one.name)
        _take(figures, one, case.fixed.grid.spacing_mm)
    for kind in OVERLAP:
        figures.take_mean(kind, [f"{kind} {name}" for name in names])


def _take(figures: CaseFigures, one: Structure, spacing_mm: tuple[float, float, float]) -> None:
    def apart() -> dict[str, float]:
        surfaces = surface_distances(*one.masks(), spacing_mm)
        return {f"assd_mm {one.name}": average_symmetric_mm(*surfaces), f"hd95_mm {one.name}": hausdorff_mm(*surfaces)}

    figures.take(lambda: {f"dice {one.name}": dice(*one.masks())}, f"dice {one.name}")
    figures.take(apart, f"assd_mm {one.name}", f"hd95_mm {one.name}")
