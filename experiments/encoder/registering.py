"""Models become errors of whole registrations: against true fields of volumes kept back, at landmarks of real pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.accuracy import tre
from benchmarks.cases import Case, real_pairs
from experiments.encoder.judged import groups
from registration.features.encoder import Encoder
from registration.model import VERSION, Model, default_model
from registration.presets import PRESETS
from registration.register import register
from registration.result import ModelIdentity, Registration
from registration.training.synthetic import SyntheticPair
from registration.volume import Volume

POINTS = 4000
Judge = Callable[[Registration], tuple[float, float]]
Measured = tuple[str, Judge, Volume, Volume, str]
"""Name, mean error and that of the worst 30 % in mm, both scans, preset."""


def registering_lines(encoders: dict[str, Encoder], shares: tuple[float, ...], *, finish: bool) -> Iterator[str]:
    """One line of a table for each pair: mean / worst 30 % of the error in mm by every model, and their means."""
    models = _models(encoders, shares)
    yield f"| {'with' if finish else 'without'} finish | {' | '.join(models)} |\n|{'---|' * (1 + len(models))}"
    for title, measured in (("left out", _left_out), ("real", _real)):
        found = []
        for name, judge, fixed, moving, preset in measured():
            runs = (register(fixed, moving, preset=preset, model=m, finish=finish) for m in models.values())
            found.append([judge(run) for run in runs])
            yield _line(name, found[-1])
        if found:
            yield _line(f"{title}, mean of {len(found)}", np.mean(found, 0).tolist())


def _models(encoders: dict[str, Encoder], shares: tuple[float, ...]) -> dict[str, Model]:
    """The default, and the default with an encoder at a share of the cost."""
    kernel, identity = default_model().kernel, ModelIdentity("kernelreg-features", VERSION, "")
    models = {"MIND-SSC": Model(kernel, identity)}
    for name, encoder in encoders.items():
        models |= {f"{name}, {share:g}": Model(kernel, identity, encoder, share) for share in shares}
    return models


def _left_out() -> Iterator[Measured]:
    for group in groups():
        for number, pair in enumerate(group.pairs(2 if len(group.names) == 1 else 1)):
            yield f"{group.title} {number + 1}", _against_truth(pair), pair.fixed, pair.moving, "auto"


def _against_truth(pair: SyntheticPair) -> Judge:
    """Errors at points of the body that both scans show."""
    low, high = PRESETS["auto"].window(pair.fixed)
    inside = np.argwhere(pair.fixed.values > low + 0.2 * (high - low))[:, ::-1]
    chosen = inside[np.random.default_rng(0).integers(0, len(inside), POINTS)]
    points = pair.fixed.grid.index_to_mm(chosen)
    points = points[pair.visible(points)]
    return lambda run: tre(run.field.map_points(points), pair.truth.map_points(points))


def _real() -> Iterator[Measured]:
    for case in real_pairs():
        yield case.name, _at_landmarks(case), case.fixed, case.moving, case.preset


def _at_landmarks(case: Case) -> Judge:
    return lambda run: tre(run.field.map_points(case.fixed_landmarks), case.moving_landmarks)


def _line(name: str, errors: list[tuple[float, float]]) -> str:
    return f"| {name} | {' | '.join(f'{mean:.2f} / {worst:.2f}' for mean, worst in errors)} |"
