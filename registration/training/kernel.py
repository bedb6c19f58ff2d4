"""Keys and what is true around them become a kernel's weights: `python -m registration.training.kernel CONFIG.toml`.

`mode = "matches"`: keys of the real matcher on synthetic pairs, with its statistics, which a third of the steps drops.
`mode = "correspondences"`: masked prediction on correspondence files; no images and no truth are needed.
"""

from __future__ import annotations

import math
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import TypeAdapter
from safetensors.torch import save_file
from torch import Tensor, nn

from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import KEY_FEATURES, LearnedKernel
from registration.model import default_model
from registration.training.case_store import CaseStore
from registration.training.checkpoint import Run
from registration.training.correspondence_cases import masked_lesson, read_correspondences
from registration.training.kernel_loss import Lesson, kernel_loss
from registration.training.kernel_score import field_score
from registration.training.lessons import lesson_from_case, standardise
from registration.training.pair_store import PairStore

Scores = dict[str, float]


@dataclass(frozen=True)
class KernelTraining:
    """What a run is; see `experiments/kernel`. train, held_out: names of volumes, or of correspondence files."""

    mode: Literal["matches", "correspondences"]
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    scans: Path
    cache: Path
    folder: Path
    seed: int = 1
    steps: int = 300
    pairs_per_volume: int = 8
    held_out_pairs: int = 4
    neighbours: int = 30
    learning_rate: float = 2e-3
    validate_every: int = 50
    threads: int = 1

    @staticmethod
    def read(path: Path) -> KernelTraining:
        """The configuration in a TOML file; its paths are relative to the working folder."""
        return TypeAdapter(KernelTraining).validate_python(tomllib.loads(path.read_text()))


@dataclass(frozen=True)
class Course:
    """Where lessons come from, how a network is judged (`error_mm` decides), and features to standardise by."""

    draw: Callable[[np.random.Generator], Lesson]
    judge: Callable[[AttentionKernel], Scores]
    examples: list[Tensor]


def train(config: KernelTraining) -> dict[str, Tensor]:
    """The kernel's weights of the best validation; the run can be stopped and started again."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    course = _matches(config) if config.mode == "matches" else _correspondences(config)
    network = AttentionKernel(KEY_FEATURES)
    standardise(network, course.examples)
    optimiser = torch.optim.Adam(network.parameters(), config.learning_rate)
    run = Run(config.folder)
    run.resume(network, optimiser)
    began, losses = time.process_time(), []
    while run.step < config.steps:
        losses.append(_step(network, optimiser, course, config, run.step))
        run.step += 1
        if run.step % config.validate_every == 0 or run.step == config.steps:
            scores = course.judge(network)
            run.record({"loss": float(np.mean(losses)), **scores, "cpu_s": time.process_time() - began})
            run.save(network, optimiser, scores["error_mm"])
            losses.clear()
    return run.best_weights()


def _step(
    network: AttentionKernel, optimiser: torch.optim.Optimizer, course: Course, config: KernelTraining, step: int
) -> float:
    """One lesson, one update; returns the loss."""
    for group in optimiser.param_groups:
        group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * step / config.steps))
    loss = kernel_loss(network, course.draw(np.random.default_rng((config.seed, step))), config.neighbours)
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.item())


def _matches(config: KernelTraining) -> Course:
    """Lessons from the real matcher's keys on synthetic pairs of the training volumes."""
    pairs = PairStore(config.scans, config.cache / "pairs")
    store = CaseStore(pairs, config.cache / "cases", default_model())
    cases = [store.case(volume, seed) for volume in config.train for seed in range(config.pairs_per_volume)]
    unseen = [store.case(volume, 1000 + i) for volume in config.held_out for i in range(config.held_out_pairs)]
    return Course(
        lambda rng: lesson_from_case(cases[int(rng.integers(len(cases)))], rng),
        lambda network: field_score(LearnedKernel(network, config.neighbours), unseen),
        [case.features for case in cases],
    )


def _correspondences(config: KernelTraining) -> Course:
    """Lessons from correspondence files, some of them kept back."""
    files, unseen = ([read_correspondences(config.scans / name) for name in n] for n in (config.train, config.held_out))
    exams = [masked_lesson(pairs, np.random.default_rng(i)) for i in range(config.held_out_pairs) for pairs in unseen]

    def judge(network: AttentionKernel) -> Scores:
        with torch.no_grad():
            return {"error_mm": float(np.mean([kernel_loss(network, e, config.neighbours) for e in exams]))}

    def draw(rng: np.random.Generator) -> Lesson:
        return masked_lesson(files[int(rng.integers(len(files)))], rng)

    return Course(draw, judge, [draw(np.random.default_rng(i)).features for i in range(40)])


def train_to_file(config: KernelTraining) -> Path:
    """Train as the configuration says and write the kernel's weights beside the curve; returns that file."""
    path = config.folder / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in train(config).items()}, path)
    path.chmod(0o644)
    return path


if __name__ == "__main__":
    train_to_file(KernelTraining.read(Path(sys.argv[1])))
