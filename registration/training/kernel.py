"""The courses of the kernel: keys and what is true around them become the weights that spread them.

`mode = "matches"`: keys of the real matcher on synthetic pairs, with its statistics, which a third of the steps drops.
`mode = "correspondences"`: masked prediction on correspondence files; no images and no truth are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import PositiveFloat
from torch import Tensor

from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import KEY_FEATURES, LearnedKernel, key_features, without_trend
from registration.model import default_model
from registration.training.case_store import CaseStore
from registration.training.correspondence_cases import LUNG_VOXEL_MM, masked_lesson, read_set
from registration.training.course import Scores
from registration.training.kernel_loss import Lesson, answers, kernel_loss
from registration.training.kernel_score import field_score
from registration.training.lessons import lesson_from_case, standardise
from registration.training.machine import Machine
from registration.training.pair_store import PairStore
from registration.training.settings import Positive, Settings

HELD_OUT_SEED = 1000
EXAMPLES = 40  # masked lessons whose features set the standard


class KernelTraining(Settings):
    """A run of the kernel, see `experiments/kernel`. train, held_out: names of volumes, or of correspondence files.

    voxel_mm: the unit (x, y, z) in which correspondence files count; 1 where they are in mm.
    """

    part: Literal["kernel"]
    mode: Literal["matches", "correspondences"]
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    scans: Path
    cache: Path
    pairs_per_volume: Positive = 8
    held_out_pairs: Positive = 4
    voxel_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = LUNG_VOXEL_MM

    def course(self, machine: Machine) -> KernelCourse:
        """The lessons of the mode and a new kernel, its features standardised."""
        lessons = _matches(self) if self.mode == "matches" else _correspondences(self)
        network = AttentionKernel(KEY_FEATURES)
        standardise(network, lessons.examples)
        return KernelCourse(self, machine, network, lessons)


@dataclass(frozen=True)
class Lessons:
    """Where lessons come from, how a network is judged, and features (N, F) to standardise by."""

    draw: Callable[[np.random.Generator], Lesson]
    judge: Callable[[AttentionKernel], Scores]
    examples: list[Tensor]


@dataclass(frozen=True)
class KernelCourse:
    """Lessons of either mode; the mean error on those held out decides."""

    settings: KernelTraining
    machine: Machine
    learner: AttentionKernel
    lessons: Lessons
    deciding: tuple[str, ...] = ("error_mm",)

    def optimiser(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.learner.parameters(), self.settings.learning_rate)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """The loss of one lesson."""
        lesson = self.lessons.draw(rng)
        there = Lesson(**{f.name: getattr(lesson, f.name).to(self.machine.device) for f in fields(lesson)})
        with self.machine.here():
            return {"kernel": kernel_loss(self.learner, there)}

    def judge(self) -> Scores:
        """The errors on what was kept back."""
        scores = self.lessons.judge(self.learner.cpu())
        self.learner.to(self.machine.device)
        return scores

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The whole kernel."""
        return dict(state)


def _matches(settings: KernelTraining) -> Lessons:
    """Lessons from the real matcher's keys on synthetic pairs of the training volumes."""
    pairs = PairStore(settings.scans, settings.cache / "pairs")
    store = CaseStore(pairs, settings.cache / "cases", default_model())
    cases = [store.case(volume, seed) for volume in settings.train for seed in range(settings.pairs_per_volume)]
    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + settings.held_out_pairs)
    unseen = [store.case(volume, seed) for volume in settings.held_out for seed in seeds]
    return Lessons(
        lambda rng: lesson_from_case(cases[int(rng.integers(len(cases)))], rng),
        lambda network: field_score(LearnedKernel(network), unseen),
        [key_features(without_trend(case.keys)[0]) for case in cases],
    )


def _correspondences(settings: KernelTraining) -> Lessons:
    """Lessons from correspondence files, some of them kept back."""
    files, unseen = (
        [read_set(settings.scans / name, settings.voxel_mm) for name in names]
        for names in (settings.train, settings.held_out)
    )
    exams = [masked_lesson(pairs, np.random.default_rng(i)) for i in range(settings.held_out_pairs) for pairs in unseen]

    def judge(network: AttentionKernel) -> Scores:
        with torch.no_grad():
            errors = [(answers(network, e)[0] - e.wanted)[:, 0].norm(dim=1).mean() for e in exams]
        return {"error_mm": float(np.mean(errors))}

    def draw(rng: np.random.Generator) -> Lesson:
        return masked_lesson(files[int(rng.integers(len(files)))], rng)

    return Lessons(draw, judge, [draw(np.random.default_rng(i)).features for i in range(EXAMPLES)])
