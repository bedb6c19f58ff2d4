"""The one training loop: a course becomes weights, those of its best validation.

Every step's lesson depends on the seed and the step's number alone, so a run that was stopped goes on as if it had not
been: on a CPU to the last bit.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from registration.errors import MethodError
from registration.training.checkpoint import Run
from registration.training.course import Course, Scores
from registration.training.curve import plot_curve
from registration.training.machine import Machine
from registration.training.settings import Settings
from registration.training.watcher import SILENT, Watcher

LARGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Trained:
    """What a run leaves: the weights file, the curve as table and picture; the best score and the step it came at."""

    weights: Path
    curve: Path
    picture: Path
    step: int
    score: float
    parameters: int
    peak_mb: float


def train(settings: Settings, watcher: Watcher = SILENT) -> Trained:
    """Train as the settings say, or go on where an earlier run stopped, and write the weights beside the curve.

    Raises MethodError `config-invalid` (the folder holds another run) and `training-diverged`.
    """
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    machine = settings.machine()
    course = settings.course(machine)
    course.learner.to(machine.device)
    run = _run(settings, course, machine, watcher)
    path = settings.folder / "weights.safetensors"
    shipped = course.shipped(run.best_weights())
    save_file({name: tensor.cpu().contiguous() for name, tensor in shipped.items()}, path)
    path.chmod(0o644)
    parameters = sum(tensor.numel() for tensor in shipped.values())
    picture = plot_curve(run.curve, run.best_step)
    return Trained(path, run.curve, picture, run.best_step, run.best_score, parameters, machine.peak_mb())


def _run(settings: Settings, course: Course, machine: Machine, watcher: Watcher) -> Run:
    """All steps that are not done yet, validated at times; each validation is a checkpoint."""
    optimiser, scaler = course.optimiser(), machine.scaler()
    for group in optimiser.param_groups:
        group["first_rate"] = group["lr"]
    run = Run(settings.folder, settings.identity())
    run.resume(course.learner, optimiser, scaler)
    watcher.started(run.step, settings.steps, str(machine))
    terms: dict[str, list[float]] = defaultdict(list)
    began = time.process_time() - run.cpu_s
    while run.step < settings.steps:
        _set_rates(optimiser, run.step / settings.steps)
        rng = np.random.default_rng((settings.seed, run.step))
        losses = course.losses(rng)
        _update(course.learner, optimiser, scaler, losses, run.step)
        for name, value in losses.items():
            terms[name].append(float(value.detach()))
        run.step += 1
        watcher.stepped(run.step)
        if run.step % settings.validate_every == 0 or run.step == settings.steps:
            scores = course.judge()
            run.cpu_s = time.process_time() - began
            row = _means(terms) | scores | {"cpu_s": run.cpu_s, "peak_mb": machine.peak_mb()}
            run.record(row)
            run.save(course.learner, optimiser, scaler, _score(course, scores, run.step))
            watcher.judged(run.step, row, best=run.best_step == run.step)
            terms.clear()
    return run


def _update(
    learner: nn.Module,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    losses: Mapping[str, Tensor],
    step: int,
) -> None:
    """One step down the sum of the losses."""
    loss = torch.stack(list(losses.values())).sum()
    if not torch.isfinite(loss):
        wrong = ", ".join(name for name, value in losses.items() if not torch.isfinite(value))
        raise MethodError("training-diverged", f"At step {step} the loss is no finite number ({wrong}).")
    optimiser.zero_grad()
    torch.autograd.backward(scaler.scale(loss))
    scaler.unscale_(optimiser)
    nn.utils.clip_grad_norm_(learner.parameters(), LARGEST_GRADIENT)
    scaler.step(optimiser)
    scaler.update()


def _score(course: Course, scores: Scores, step: int) -> float:
    """The one number that decides."""
    score = sum(scores[name] for name in course.deciding)
    if not math.isfinite(score):
        raise MethodError("training-diverged", f"At step {step} the validation gives no finite number: {scores}.")
    return score


def _set_rates(optimiser: torch.optim.Optimizer, done: float) -> None:
    """Every group's rate on its cosine, `done` from 0 to 1."""
    for group in optimiser.param_groups:
        group["lr"] = group["first_rate"] * 0.5 * (1 + math.cos(math.pi * done))


def _means(terms: Mapping[str, list[float]]) -> dict[str, float]:
    """Mean of the loss since the last validation and, where it has several terms, of each."""
    means = {f"loss_{name}": float(np.mean(values)) for name, values in terms.items()}
    return {"loss": sum(means.values())} | (means if len(means) > 1 else {})
