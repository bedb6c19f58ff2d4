"""The course of the encoder: synthetic pairs with a known field become features that tell places apart.

Each lesson is one crop of one pair; the loss is the matcher's cross-entropy at five scales.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from registration.correspondences.cost_volume import cost_volume
from registration.features.encoder import CONFIGS, Encoder
from registration.features.learned import on_lattices
from registration.features.matching import matching_features
from registration.sampling import ChannelMap
from registration.training.course import Scores
from registration.training.examples import Example, random_example
from registration.training.machine import Machine, PrecisionWish
from registration.training.matching_loss import SCALES, matching_loss
from registration.training.matching_score import Task, matching_task, validation_score
from registration.training.pair_store import PairStore
from registration.training.settings import Positive, Settings

HELD_OUT_SEED = 1000
SHARPNESS_RATE = 10  # times that of the encoder
MIND_SCALES = 2
WEIGHT_DECAY = 1e-4


class EncoderTraining(Settings):
    """A run of the encoder, see `experiments/encoder`. `train`, `held_out`: names of volumes, as in `sources`.

    beside_mind: half of the loss of the two finest maps asks what MIND-SSC and they tell together.
    """

    part: Literal["encoder"]
    size: Literal["small", "paper"]
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    scans: Path
    cache: Path
    steps: Positive = 800
    pairs_per_volume: Positive = 6
    held_out_pairs: Positive = 4
    crop: Positive = 65
    points: Positive = 160
    beside_mind: bool = False
    validate_every: Positive = 100

    def course(self, machine: Machine) -> EncoderCourse:
        """The pairs, made where they are not there yet, and a new encoder."""
        store = PairStore(self.scans, self.cache)
        for volume in dict.fromkeys(self.train):
            store.prepare(volume, range(self.pairs_per_volume))
        tasks = [
            matching_task(store.pair(volume, HELD_OUT_SEED + i), seed=i)
            for volume in self.held_out
            for i in range(self.held_out_pairs)
        ]
        return EncoderCourse(self, machine, Learner(self.size, machine, beside_mind=self.beside_mind), store, tasks)

    def cpu_precision(self) -> PrecisionWish:
        """Convolutions in bfloat16 take half the time where the processor has it."""
        return "bfloat16"


class Learner(nn.Module):
    """The encoder, and how sharply each scale's costs are read, by themselves and beside those of MIND-SSC."""

    def __init__(self, size: str, machine: Machine, *, beside_mind: bool) -> None:
        super().__init__()
        self.encoder = Encoder(CONFIGS[size])
        self.log_sharpness = nn.Parameter(torch.full((len(SCALES),), 4.0))
        self.log_beside = nn.Parameter(torch.full((2, MIND_SCALES), 3.3))  # of the encoder's costs and of MIND's
        self.machine, self.beside_mind = machine, beside_mind

    def forward(self, example: Example, starts: Tensor) -> Tensor:
        """Loss (5,) of each scale, weighted, in units of log(labels). starts: (5, N, 3) from -1 to 1."""
        with self.machine.autocast():
            fixed, moving = (self.encoder(channels_last(image)) for image in (example.fixed, example.moving))
        fixed, moving = ([m.float() for m in maps] for maps in (fixed, moving))
        places = zip(on_lattices(fixed, example.fixed_grid), on_lattices(moving, example.moving_grid), strict=True)
        beside = _mind_maps(example) if self.beside_mind else []
        losses = []
        for i, (maps, scale) in enumerate(zip(places, SCALES, strict=True)):
            start = example.truth + starts[i] * (scale.start_error * scale.labels.step_mm)
            costs, base = cost_volume(*maps, example.points, start, scale.labels)
            energies = [self.log_sharpness[i].exp() * costs]
            if i < len(beside):
                hand, _ = cost_volume(*beside[i], example.points, start, scale.labels)
                energies.append(self.log_beside[0, i].exp() * costs + self.log_beside[1, i].exp() * hand)
            found = [matching_loss(energy, base, example.truth, scale.labels).mean() for energy in energies]
            losses.append(scale.weight * torch.stack(found).mean())
        return torch.stack(losses)


def _mind_maps(example: Example) -> list[tuple[ChannelMap, ChannelMap]]:
    """MIND-SSC of both crops on the lattices of the encoder's two finest maps, as the matcher takes it."""
    images = ((example.fixed, example.fixed_grid), (example.moving, example.moving_grid))
    (far, near, _), (other_far, other_near, _) = (matching_features(image, grid) for image, grid in images)
    return [(near, other_near), (far, other_far)]


def channels_last(image: Tensor) -> Tensor:
    """The image (1, 1, z, y, x) in the layout in which bfloat16 convolutions are twice as fast on a CPU."""
    return image[None, None].contiguous(memory_format=torch.channels_last_3d)


@dataclass(frozen=True)
class EncoderCourse:
    """Crops of stored pairs; judged by matching the keypoints of held-out ones."""

    settings: EncoderTraining
    machine: Machine
    learner: Learner
    store: PairStore
    tasks: list[Task]
    deciding: tuple[str, ...] = ("both_fine_mm", "both_coarse_mm")

    def optimiser(self) -> torch.optim.Optimizer:
        """AdamW; the sharpness goes faster."""
        rate = self.settings.learning_rate
        groups = [
            {"params": self.learner.encoder.parameters(), "lr": rate},
            {"params": [self.learner.log_sharpness, self.learner.log_beside], "lr": SHARPNESS_RATE * rate},
        ]
        return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """The matching loss of one crop."""
        wanted = self.settings
        volume = wanted.train[int(rng.integers(len(wanted.train)))]
        pair = self.store.pair(volume, int(rng.integers(wanted.pairs_per_volume)))
        example = _on(random_example(pair, rng, size=wanted.crop, points=wanted.points), self.machine.device)
        starts = torch.from_numpy(rng.uniform(-1, 1, (len(SCALES), len(example.points), 3))).float()
        with self.machine.here():
            losses: Tensor = self.learner(example, starts.to(self.machine.device))
        return {"matching": losses.sum()}

    def judge(self) -> Scores:
        """Matching errors at the keypoints of all tasks, by the encoder alone and beside MIND-SSC, which decides."""
        with _on_cpu(self.learner.encoder, self.machine.device) as encoder:
            return dict(validation_score(encoder, self.tasks))

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The encoder; the sharpness served the loss alone."""
        prefix = "encoder."
        return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _on(example: Example, device: torch.device) -> Example:
    tensors = {name: getattr(example, name).to(device) for name in ("fixed", "moving", "points", "truth")}
    return replace(example, **tensors)


@contextmanager
def _on_cpu(encoder: Encoder, device: torch.device) -> Iterator[Encoder]:
    """The encoder among the volumes that it is judged on, and back where it learns."""
    yield encoder.cpu()
    encoder.to(device)
