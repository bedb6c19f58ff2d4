"""A run's state on disk: what it takes to go on after a stop, the weights to keep, the curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from registration.errors import MethodError
from registration.training.curve import add_row, cut_after


@dataclass
class Run:
    """A training run in `folder`: `last.pt` (to resume), `best.pt` (the weights to keep), `curve.csv`.

    identity: what the run is, as JSON knows it. best_score: lowest validation score so far, at `best_step`; step: steps
    done; cpu_s: process seconds they took.
    """

    folder: Path
    identity: dict[str, object] = field(default_factory=dict)
    step: int = 0
    best_score: float = float("inf")
    best_step: int = 0
    cpu_s: float = 0.0

    @property
    def curve(self) -> Path:
        """The table of the validations."""
        return self.folder / "curve.csv"

    def resume(self, model: nn.Module, optimiser: torch.optim.Optimizer, scaler: torch.amp.GradScaler) -> None:
        """Load the last checkpoint, when there is one. Raises MethodError `config-invalid` when it is another run's."""
        path = self.folder / "last.pt"
        if not path.exists():
            cut_after(self.curve, 0)
            return
        state = torch.load(path, weights_only=True, map_location="cpu")
        self._refuse_another(state.get("identity", {}))
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        if state["scaler"]:  # empty unless the run was one of float16
            scaler.load_state_dict(state["scaler"])
        self.step, self.best_score, self.best_step = state["step"], state["best_score"], state["best_step"]
        self.cpu_s = state["cpu_s"]
        cut_after(self.curve, self.step)

    def save(
        self, model: nn.Module, optimiser: torch.optim.Optimizer, scaler: torch.amp.GradScaler, score: float
    ) -> None:
        """Keep the state of now, and the weights when `score` is the lowest so far."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if score < self.best_score:
            self.best_score, self.best_step = score, self.step
            _replace(self.folder / "best.pt", model.state_dict())
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "scaler": scaler.state_dict()}
        progress = {"step": self.step, "best_score": self.best_score, "best_step": self.best_step, "cpu_s": self.cpu_s}
        _replace(self.folder / "last.pt", {**state, **progress, "identity": self.identity})

    def best_weights(self) -> dict[str, Tensor]:
        """The weights of the lowest validation score."""
        weights: dict[str, Tensor] = torch.load(self.folder / "best.pt", weights_only=True, map_location="cpu")
        return weights

    def record(self, row: dict[str, float]) -> None:
        """Append one row to the curve."""
        self.folder.mkdir(parents=True, exist_ok=True)
        add_row(self.curve, self.step, row)

    def _refuse_another(self, found: dict[str, object]) -> None:
        """A folder belongs to one run: half of one configuration and half of another is neither."""
        changed = [key for key in self.identity | found if self.identity.get(key) != found.get(key)]
        if changed:
            key = changed[0]
            raise MethodError(
                "config-invalid",
                f"{self.folder} holds a run of another configuration: {key} is {found.get(key)!r} there and "
                f"{self.identity.get(key)!r} here. Empty the folder, or name another one.",
            )


def _replace(path: Path, content: object) -> None:
    """Write beside, then rename: a stop in between leaves the old file whole."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.rename(path)
