"""Kernels alone on the same matches: landmark error and roughness of their fields before anything else mends them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from benchmarks.cases import Case, Points, real_pairs
from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map
from registration.field.lattice import lattice_queries, on_lattice
from registration.field.unfolding import unfolded
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys
from registration.kernel.thin_plate import ThinPlateSpline
from registration.kernel.trained import trained_kernel
from registration.kernel.variants import SingleGaussian, WithoutStatistics
from registration.metrics.landmarks import distances, worst_mean
from registration.model import Kernel, handmade_model
from registration.register import register
from registration.sampling import ChannelMap
from registration.working import lattice_around

STEP_MM = 4.0
REFERENCE = "two-scale 12/6"
SEEN_ELSEWHERE = "back"
"""A pair the other way round has the landmarks of the pair itself; it is left out."""
SMALLEST_JACOBIAN = 1e-3
STEPS = ("as it is", "repaired")


@dataclass(frozen=True)
class Measured:
    """A field's landmark errors (L,) mm, SDlogJ over the whole lattice (J >= 0.001) and share of folds."""

    errors: NDArray[np.float64]
    roughness: float
    folds: float

    @property
    def figures(self) -> NDArray[np.float64]:
        """TRE, TRE of the worst 30 %, SDlogJ, folds in per cent."""
        return np.array([self.errors.mean(), worst_mean(self.errors), self.roughness, 100 * self.folds])


def main() -> None:
    """One line per kernel and step, means over the pairs and ratios to the reference; nothing without real pairs."""
    kernels: dict[str, Kernel] = {
        REFERENCE: TwoScaleGaussian(),
        "Gaussian 8": SingleGaussian(8.0),
        "spline 10": ThinPlateSpline(10.0),
        "spline 100": ThinPlateSpline(100.0),
        "learned": trained_kernel()[0],
        "learned, no statistics": WithoutStatistics(trained_kernel()[0]),
    }
    found: dict[tuple[str, str], list[Measured]] = {(name, step): [] for name in kernels for step in STEPS}
    for case in real_pairs():
        if case.name.endswith(SEEN_ELSEWHERE):
            continue
        keys = _keys(case)
        print(f"{case.name}, {len(keys)} matches: TRE, TRE30 mm, SDlogJ, folds %", flush=True)
        for name, kernel in kernels.items():
            for step, measured in zip(STEPS, _measured(case, keys, kernel), strict=True):
                found[name, step].append(measured)
                print(f"  {name:24}{step:10}" + _row(measured.figures), flush=True)
    for step in STEPS:
        if found[REFERENCE, step]:
            _summary({name: found[name, step] for name in kernels}, step)


def _summary(found: dict[str, list[Measured]], step: str) -> None:
    """Means over the pairs, their ratio to the reference's, and a paired test over all landmarks."""
    reference = found[REFERENCE]
    pooled = np.concatenate([m.errors for m in reference])
    print(f"mean of {len(reference)} pairs, {step}; ratios; paired Wilcoxon test over {len(pooled)} landmarks")
    for name, measured in found.items():
        means, base = (np.mean([m.figures for m in ms], 0) for ms in (measured, reference))
        errors = np.concatenate([m.errors for m in measured])
        ratios = "   x " + " ".join(f"{r:.3f}" for r in means[:3] / base[:3])
        test = "" if name == REFERENCE else f"  p = {wilcoxon(errors, pooled).pvalue:.3f}"
        print(f"  {name:24}" + _row(means) + ratios + test)


def _row(figures: NDArray[np.float64]) -> str:
    return "{:7.3f}{:7.3f}{:7.3f}{:8.3f}".format(*figures)


def _keys(case: Case) -> Keys:
    """The matches that a registration makes, and what it knows about them."""
    matches = register(case.fixed, case.moving, preset=case.preset, model=handmade_model()).matches
    fixed, moving, confidence, statistics = (
        torch.from_numpy(a) for a in (matches.fixed_mm, matches.moving_mm, matches.confidence, matches.statistics)
    )
    return Keys(fixed, moving - fixed, confidence, statistics)


def _measured(case: Case, keys: Keys, kernel: Kernel) -> list[Measured]:
    """The kernel's field on the lattice that registration reads it on, as it is and after the repair of folds."""
    corners = case.fixed.grid.corners()
    lattice = lattice_around(corners.min(0), corners.max(0), STEP_MM)
    field = on_lattice(kernel.spread(lattice_queries(lattice), keys).displacement, lattice)
    return [_figures(f, case.fixed_landmarks, case.moving_landmarks) for f in (field, unfolded(field))]


def _figures(field: ChannelMap, fixed: Points, moving: Points) -> Measured:
    mapped = fixed + field.at(torch.from_numpy(fixed).float()).numpy()
    jacobian = jacobian_map(DisplacementField(field.values.numpy(), field.grid))
    roughness = float(np.log(np.maximum(jacobian, SMALLEST_JACOBIAN)).std())
    return Measured(distances(mapped, moving), roughness, float((jacobian <= 0).mean()))
