"""A case and the official file of its field become the figures that Learn2Reg's evaluator prints for it."""

from __future__ import annotations

import numpy as np

from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.cases import Case
from registration.evaluation.labels import Structure, structures
from registration.geometry.grid import Floats
from registration.metrics import learn2reg
from registration.metrics.overlap import dice
from registration.metrics.surfaces import hausdorff_mm, surface_distances

TRE, SMOOTHNESS, DICE, HD95 = (f"learn2reg_{kind}" for kind in ("tre", "sd_log_jacobian", "dice", "hd95"))
KINDS = {TRE: "tre", SMOOTHNESS: "sd_log_jacobian", DICE: "dice", HD95: "hd95"}
"""Names of a case's values -> their kinds in `learn2reg.THIRTY`."""


def add_official(figures: CaseFigures, case: Case, vectors: Floats) -> None:
    """The values `learn2reg_...` of voxel displacements (X, Y, Z, 3).

    As there, structures that one scan lacks are left out of the means of Dice and HD95.
    """
    if case.landmarks is not None and len(case.landmarks[0]):
        figures.values[TRE] = float(_errors(case, vectors).mean())
    mask = None if case.mask is None else case.mask.transpose(2, 1, 0)
    figures.take(lambda: {SMOOTHNESS: learn2reg.sd_log_jacobian(vectors, mask)}, SMOOTHNESS)
    for one in structures(case, lambda labels: learn2reg.pulled(labels.values.transpose(2, 1, 0), vectors).T):
        _take(figures, one)
    for kind in (DICE, HD95):
        if found := [value for name, value in figures.values.items() if name.startswith(f"{kind} ")]:
            figures.values[kind] = float(np.mean(found))


def _errors(case: Case, vectors: Floats) -> Floats:
    assert case.landmarks is not None
    pairs = zip((case.fixed.grid, case.moving.grid), case.landmarks, strict=True)
    fixed, moving = (grid.mm_to_index(points) for grid, points in pairs)
    return learn2reg.tre(vectors, fixed, moving, case.moving.grid.spacing_mm)


def _take(figures: CaseFigures, one: Structure) -> None:
    def apart() -> float:
        fixed, pulled = (mask.transpose(2, 1, 0) for mask in one.masks())
        return hausdorff_mm(*surface_distances(fixed, pulled, learn2reg.UNIT))

    figures.take(lambda: {f"{DICE} {one.name}": dice(*one.masks())}, f"{DICE} {one.name}")
    figures.take(lambda: {f"{HD95} {one.name}": apart()}, f"{HD95} {one.name}")
