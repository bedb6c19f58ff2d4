"""`kernelreg train`: a configuration becomes weights, by the same loop that made the shipped ones."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from registration.training.watcher import Watcher


def train(
    config: Annotated[
        Path,
        typer.Argument(
            metavar="CONFIG.toml",
            exists=True,
            dir_okay=False,
            help="It names the part to train and its data; see experiments/ and docs/architecture/09-training.md.",
        ),
    ],
) -> None:
    """Train a learned part; start again with the same configuration to go on after a stop."""
    from registration.training.loop import train as train_part
    from registration.training.parts import read_settings

    settings = read_settings(config)
    began = time.monotonic()
    with TrainingScreen() as screen:
        trained = train_part(settings, screen)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    typer.echo(f"weights: {trained.weights} ({trained.parameters} parameters)")
    typer.echo(f"best:    {trained.score:.4g} at step {trained.step}")
    typer.echo(f"curve:   {trained.curve}, {trained.picture.name}")
    typer.echo(f"took:    {minutes} min {seconds} s, at most {trained.peak_mb:.0f} MB")


class TrainingScreen(Watcher):
    """Shows a run: a bar on stderr when that is a terminal, and everywhere one line per validation."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False, markup=False)
        columns = (TextColumn("{task.description}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(
            *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("preparing", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def started(self, step: int, steps: int, machine: str) -> None:
        """From now on the bar knows its length."""
        self._bar.update(self._task, description="training", total=steps, completed=step)
        words = "done already" if step == steps else f"going on at step {step}" if step else "starting"
        self._bar.console.print(f"{words}: {steps} steps on {machine}", soft_wrap=True)

    def stepped(self, step: int) -> None:
        """One step further."""
        self._bar.update(self._task, completed=step)

    def judged(self, step: int, row: Mapping[str, float], *, best: bool) -> None:
        """The row of the curve as a line."""
        numbers = "  ".join(f"{name} {value:.4g}" for name, value in row.items())
        self._bar.console.print(f"step {step}  {numbers}{'  best' if best else ''}", soft_wrap=True)
