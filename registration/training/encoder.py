"""Synthetic pairs become the weights of the encoder: `python -m registration.training.encoder CONFIG.toml`.

Each step takes one crop of one pair; the loss is the matcher's cross-entropy at five scales. Every step's
draw depends on the seed and the step's number alone, so a resumed run goes on as if it had not stopped.
"""

from __future__ import annotations

import math
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from safetensors.torch import save_file
from torch import Tensor, nn

from registration.features.encoder import CONFIGS, Encoder
from registration.features.learned import on_lattices
from registration.training.checkpoint import Run
from registration.training.examples import Example, random_example
from registration.training.matching_loss import SCALES, matching_loss
from registration.training.matching_score import matching_task, validation_score
from registration.training.pair_store import PairStore


@dataclass(frozen=True)
class TrainingConfig:
    """What a run is: see `experiments/encoder` for one. `train`, `held_out`: names of volumes, as in `sources`."""

    size: str
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    scans: Path
    cache: Path
    folder: Path
    seed: int = 1
    steps: int = 800
    pairs_per_volume: int = 6
    held_out_pairs: int = 4
    crop: int = 65
    points: int = 160
    learning_rate: float = 2e-3
    validate_every: int = 100
    threads: int = 1

    @staticmethod
    def read(path: Path) -> TrainingConfig:
        """The configuration in a TOML file; its paths are relative to the working folder."""
        return TypeAdapter(TrainingConfig).validate_python(tomllib.loads(path.read_text()))


class Learner(nn.Module):
    """The encoder and the sharpness of each scale's soft minimum, which is learned along."""

    def __init__(self, size: str) -> None:
        super().__init__()
        self.encoder = Encoder(CONFIGS[size])
        self.log_sharpness = nn.Parameter(torch.full((len(SCALES),), 4.0))

    def forward(self, example: Example, starts: Tensor) -> Tensor:
        """Loss (5,) of each scale, weighted, in units of log(labels). starts: (5, N, 3) from -1 to 1."""
        with torch.autocast("cpu", torch.bfloat16):
            fixed, moving = (self.encoder(channels_last(image)) for image in (example.fixed, example.moving))
        fixed, moving = ([m.float() for m in maps] for maps in (fixed, moving))
        places = zip(on_lattices(fixed, example.fixed_grid), on_lattices(moving, example.moving_grid), strict=True)
        sharpness = self.log_sharpness.exp()
        losses = [
            scale.weight * matching_loss(f, m, example.points, example.truth, scale, sharpness[i], starts[i]).mean()
            for i, ((f, m), scale) in enumerate(zip(places, SCALES, strict=True))
        ]
        return torch.stack(losses)


def channels_last(image: Tensor) -> Tensor:
    """The image (1, 1, z, y, x) in the layout in which bfloat16 convolutions are twice as fast on a CPU."""
    return image[None, None].contiguous(memory_format=torch.channels_last_3d)


def train(config: TrainingConfig) -> Mapping[str, Tensor]:
    """The encoder's weights of the best validation; the run can be stopped and started again."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    store = PairStore(config.scans, config.cache)
    for volume in dict.fromkeys(config.train):
        store.prepare(volume, range(config.pairs_per_volume))
    tasks = [
        matching_task(store.pair(v, 1000 + i), seed=i) for v in config.held_out for i in range(config.held_out_pairs)
    ]
    learner = Learner(config.size)
    optimiser = torch.optim.AdamW(
        [
            {"params": learner.encoder.parameters(), "rate": config.learning_rate},
            {"params": [learner.log_sharpness], "rate": 10 * config.learning_rate},
        ],
        weight_decay=1e-4,
    )
    run = Run(config.folder)
    run.resume(learner, optimiser)
    began, losses = time.process_time(), []
    while run.step < config.steps:
        losses.append(_step(learner, optimiser, store, config, run.step))
        run.step += 1
        if run.step % config.validate_every == 0 or run.step == config.steps:
            score = validation_score(learner.encoder, tasks)
            run.record({"loss": float(np.mean(losses)), **score, "cpu_s": time.process_time() - began})
            run.save(learner, optimiser, score["fine_mm"] + score["coarse_mm"])
            losses.clear()
    prefix = "encoder."
    return {k.removeprefix(prefix): v for k, v in run.best_weights().items() if k.startswith(prefix)}


def _step(
    learner: Learner, optimiser: torch.optim.Optimizer, store: PairStore, config: TrainingConfig, step: int
) -> float:
    """One example, one update; returns the loss."""
    rng = np.random.default_rng((config.seed, step))
    volume = config.train[int(rng.integers(len(config.train)))]
    pair = store.pair(volume, int(rng.integers(config.pairs_per_volume)))
    example = random_example(pair, rng, size=config.crop, points=config.points)
    starts = rng.uniform(-1, 1, (len(SCALES), len(example.points), 3))
    for group in optimiser.param_groups:
        group["lr"] = group["rate"] * 0.5 * (1 + math.cos(math.pi * step / config.steps))
    loss: Tensor = learner(example, torch.from_numpy(starts).float()).sum()
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
    optimiser.step()
    return float(loss.item())


def train_to_file(config: TrainingConfig) -> Path:
    """Train as the configuration says and write the encoder's weights beside the curve; returns that file."""
    path = config.folder / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in train(config).items()}, path)
    path.chmod(0o644)
    return path


if __name__ == "__main__":
    train_to_file(TrainingConfig.read(Path(sys.argv[1])))
