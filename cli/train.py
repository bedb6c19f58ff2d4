"""`kernelreg train`: a configuration becomes weights, by the same loops that made the shipped ones."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Part(StrEnum):
    """What can be trained."""

    ENCODER = "encoder"
    KERNEL = "kernel"


def train(
    part: Annotated[Part, typer.Argument(help="The feature encoder, or the kernel that spreads matches.")],
    config: Annotated[
        Path,
        typer.Argument(
            metavar="CONFIG.toml", exists=True, dir_okay=False, help="See experiments/ for the shipped ones."
        ),
    ],
) -> None:
    """Train a learned part; start again with the same configuration to go on after a stop."""
    weights = _encoder(config) if part is Part.ENCODER else _kernel(config)
    typer.echo(f"weights: {weights}")


def _encoder(config: Path) -> Path:
    from registration.training.encoder import TrainingConfig, train_to_file

    return train_to_file(TrainingConfig.read(config))


def _kernel(config: Path) -> Path:
    from registration.training.kernel import KernelTraining, train_to_file

    return train_to_file(KernelTraining.read(config))
