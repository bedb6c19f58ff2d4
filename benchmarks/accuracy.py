"""Accuracy and time per stage of every pair, by the hand-made and by the learned kernel, in one run."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.cases import Case, Points, cases
from registration.metrics.folding import folding
from registration.metrics.landmarks import distances, landmark_figures
from registration.model import Model, handmade_model, learned_model
from registration.register import STAGES, register
from registration.result import Registration


def main() -> None:
    """Print one line per pair and model."""
    models = {"hand-made": handmade_model(), "learned": learned_model()}
    print(
        f"{'pair':22}{'model':11}{'before':>8}{'TRE':>7}{'TRE30':>7}{'SDlogJ':>8}{'folds':>7}{'wall s':>8}  "
        + "  ".join(STAGES)
    )
    totals: dict[str, list[float]] = {name: [] for name in models}
    for case in cases():
        for name, model in models.items():
            totals[name].append(_measure(case, name, model))
    for name, values in totals.items():
        print(f"mean TRE, {name}: {np.mean(values):.3f} mm over {len(values)} pairs")


def _measure(case: Case, name: str, model: Model) -> float:
    start = time.perf_counter()
    result = register(case.fixed, case.moving, preset=case.preset, model=model)
    wall = time.perf_counter() - start
    before = np.linalg.norm(case.fixed_landmarks - case.moving_landmarks, axis=1).mean()
    mean, worst = tre(result.field.map_points(case.fixed_landmarks), case.moving_landmarks)
    spread, folds = _jacobian(case, result)
    seconds = "  ".join(f"{result.timings_s[s]:{len(s)}.1f}" for s in STAGES)
    print(
        f"{case.name:22}{name:11}{before:8.2f}{mean:7.2f}{worst:7.2f}{spread:8.3f}{folds:7d}{wall:8.1f}  {seconds}",
        flush=True,
    )
    return mean


def tre(mapped: Points, truth: Points) -> tuple[float, float]:
    """Mean landmark error and the mean of its worst 30 %, mm."""
    figures = landmark_figures(distances(mapped, truth))
    return figures.mean_mm, figures.worst_mean_mm


def _jacobian(case: Case, result: Registration) -> tuple[float, int]:
    """SDlogJ and the number of folds, inside the mask where there is one."""
    figures = folding(result.field, None if case.mask is None else case.mask.values > 0)
    return figures.sd_log_jacobian, figures.folds
