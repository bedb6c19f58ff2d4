"""A run's state on disk: what it takes to go on after a stop, and the curve as a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn


@dataclass
class Run:
    """A training run in `folder`: `last.pt` (to resume), `best.pt` (the weights to keep), `curve.csv`.

    best_score: lowest validation score so far; step: steps done.
    """

    folder: Path
    step: int = 0
    best_score: float = float("inf")

    def resume(self, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Load the last checkpoint, when there is one, into model and optimiser."""
        path = self.folder / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        self.step, self.best_score = state["step"], state["best_score"]

    def save(self, model: nn.Module, optimiser: torch.optim.Optimizer, score: float) -> None:
        """Keep the state of now, and the weights when `score` is the lowest so far."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if score < self.best_score:
            self.best_score = score
            _replace(self.folder / "best.pt", model.state_dict())
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
        _replace(self.folder / "last.pt", {**state, "step": self.step, "best_score": self.best_score})

    def best_weights(self) -> dict[str, Tensor]:
        """The weights of the lowest validation score."""
        weights: dict[str, Tensor] = torch.load(self.folder / "best.pt", weights_only=True)
        return weights

    def record(self, row: Mapping[str, float]) -> None:
        """Append one row to the curve; its names become the header of a new table."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "curve.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", *row])
            writer.writerow([self.step, *(f"{value:.5g}" for value in row.values())])


def _replace(path: Path, content: object) -> None:
    """Write beside, then rename: a stop in between leaves the old file whole."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.rename(path)
