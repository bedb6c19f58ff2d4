"""One reading of the paper's kernel learns to predict hidden correspondences, and is judged on left-out patients.

Positions only, for there are no images: the spatial stream and b(x, y), against hand-made ways to spread the same keys.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from registration.correspondences.graph import nearest
from registration.kernel.dual_stream import DualStreamKernel, Stream
from registration.kernel.keys import Keys
from registration.model import Kernel
from registration.training.correspondence_cases import masked_lesson, read_set
from registration.training.kernel_loss import Lesson, bounded

NEIGHBOURS, RATE, PLACE_LOSS_MM = 30, 1e-3, 10.0
TAUGHT, EXAMS_PER_SET = 96, 6


@dataclass(frozen=True)
class Reading:
    """How the open places are filled. place_mm: unit of positions; pair_head: an MLP of both encodings, no product."""

    place_mm: float
    learned_length: bool
    pair_head: bool = False
    steps: int = 400


class PairHead(Stream):
    """H(u, v) = V relu(W_q u + W_k v) in place of the scaled product."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self.out = nn.Linear(self.key.out_features, 1)

    def forward(self, queries: Tensor, keys: Tensor, neighbours: Tensor) -> Tensor:
        """Scores (Q, K)."""
        asked, offered = self.query(self.encode(queries)), self.key(self.encode(keys))
        scores: Tensor = self.out(torch.relu(asked[:, None] + offered[neighbours]))
        return scores[..., 0]


def lessons_of(folder: Path) -> tuple[list[Lesson], list[Lesson]]:
    """Lessons of all correspondence files but the last four, and exams of those."""
    sets = [read_set(path) for path in sorted(folder.glob("*.csv"))]
    taught, held_out = sets[:-4], sets[-4:]
    lessons = [masked_lesson(taught[i % len(taught)], np.random.default_rng((1, i))) for i in range(TAUGHT)]
    exams = [masked_lesson(s, np.random.default_rng(100 + i)) for i in range(EXAMS_PER_SET) for s in held_out]
    return lessons, exams


def trained_error(reading: Reading, lessons: list[Lesson], exams: list[Lesson]) -> float:
    """Mean distance, mm, between predicted and hidden displacements of the exams, after the lessons."""
    torch.manual_seed(1)
    kernel = DualStreamKernel(1, streams="spatial", learned_length=reading.learned_length)
    kernel.place_mm = reading.place_mm
    if reading.pair_head:
        kernel.spatial = PairHead(3)
    optimiser = torch.optim.Adam(kernel.parameters(), RATE)
    for step in range(reading.steps):
        for group in optimiser.param_groups:
            group["lr"] = 0.5 * RATE * (1 + math.cos(math.pi * step / reading.steps))
        loss = bounded(_miss(kernel, lessons[step % len(lessons)]), PLACE_LOSS_MM).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(kernel.parameters(), 1.0)
        optimiser.step()
    with torch.no_grad():
        return float(np.mean([float(_miss(kernel, exam).mean()) for exam in exams]))


def handmade_error(kernel: Kernel, exams: list[Lesson]) -> float:
    """The same for a kernel without anything to learn."""
    misses = []
    for exam in exams:
        count = len(exam.points)
        keys = Keys(exam.points, exam.displacement, torch.ones(count), torch.zeros(count, 0))
        found = kernel.spread(exam.queries[:, 0], keys).displacement
        misses.append(float((found - exam.wanted[:, 0]).norm(dim=1).mean()))
    return float(np.mean(misses))


def _miss(kernel: DualStreamKernel, lesson: Lesson) -> Tensor:
    """Distance (Q,) mm of the kernel's displacement at the hidden points from theirs."""
    queries, middle = lesson.queries[:, 0], lesson.points.mean(0)
    neighbours = nearest(queries, lesson.points, NEIGHBOURS)[0]
    nothing = (queries.new_zeros(len(queries), 1), queries.new_zeros(len(lesson.points), 1))
    places = (queries - middle, nothing[0], lesson.points - middle, nothing[1])
    found: Tensor = kernel(*places, lesson.displacement, neighbours)[0]
    miss: Tensor = torch.linalg.vector_norm(found - lesson.wanted[:, 0], dim=1)
    return miss
