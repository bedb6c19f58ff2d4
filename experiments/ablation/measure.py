"""One variant registers one pair: landmark errors, roughness and folds of its field, and the time it took."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import Case
from experiments.ablation.data import fingerprint
from experiments.ablation.method import Method
from registration.errors import KernelregError
from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_figures, jacobian_map


@dataclass(frozen=True)
class Result:
    """What a variant did on a pair; for one that could not register it, `failure` says why and the rest is empty.

    before_mm, errors_mm: landmark distances (L,) before and after. sd_log_jacobian: std of log J over J > 0, and as
    Learn2Reg defines it; folds_percent: of voxels with J <= 0; all three in the pair's mask where it has one.
    """

    case: str
    fingerprint: str
    cpu_s: float
    before_mm: list[float]
    errors_mm: list[float]
    sd_log_jacobian: float
    sd_log_jacobian_learn2reg: float
    folds_percent: float
    failure: str = ""


def measured(case: Case, method: Method) -> Result:
    """Register and look. Landmarks only measure."""
    start = time.process_time()
    try:
        field = method.register(case)
    except KernelregError as error:
        nan = float("nan")
        return Result(case.name, fingerprint(case), time.process_time() - start, [], [], nan, nan, nan, error.message)
    return _judged(case, field, time.process_time() - start)


def _judged(case: Case, field: DisplacementField, cpu_s: float) -> Result:
    errors = np.linalg.norm(field.map_points(case.fixed_landmarks) - case.moving_landmarks, axis=1)
    before = np.linalg.norm(case.fixed_landmarks - case.moving_landmarks, axis=1)
    inside = None if case.mask is None else case.mask.values > 0
    figures = jacobian_figures(jacobian_map(field), inside)
    return Result(
        case.name,
        fingerprint(case),
        cpu_s,
        before.tolist(),
        errors.tolist(),
        figures.sd_log_jacobian,
        figures.sd_log_jacobian_learn2reg,
        figures.folds_percent,
    )
