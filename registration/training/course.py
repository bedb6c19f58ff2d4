"""What a run trains: the contract between the one loop and the parts that can be learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

Scores = dict[str, float]


class Course(Protocol):
    """A learner, the lessons it gets and how it is judged. Lessons follow from the generator they are given alone."""

    @property
    def learner(self) -> nn.Module:
        """All that is trained, with all that must be kept beside it."""

    @property
    def deciding(self) -> tuple[str, ...]:
        """The scores whose sum decides which step is kept; lower is better."""

    def optimiser(self) -> torch.optim.Optimizer:
        """A new optimiser of the learner; the rates of its groups are those of the first step."""

    def losses(self, rng: np.random.Generator) -> Mapping[str, Tensor]:
        """The weighted terms of the loss of one lesson drawn by `rng`; their sum is made smaller."""

    def judge(self) -> Scores:
        """How the learner does on what it is not trained on; the same questions every time."""

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of the learner's state, what the weights file holds."""
