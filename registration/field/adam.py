"""Adam for one tensor (D. P. Kingma and J. Ba, ICLR 2015), in ten lines.

`torch.optim` is better kept, but importing it loads torch's compiler: two seconds of every registration of twenty.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

DECAY_MEAN, DECAY_SQUARE, EPSILON = 0.9, 0.999, 1e-8


@dataclass
class Adam:
    """State of the descent of one tensor, at `rate` units per step."""

    rate: float
    _mean: Tensor = field(default_factory=lambda: torch.zeros(()))
    _square: Tensor = field(default_factory=lambda: torch.zeros(()))
    _steps: int = 0

    @torch.no_grad()
    def descend(self, value: Tensor, gradient: Tensor) -> None:
        """One step of `value` against the gradient, in place."""
        self._steps += 1
        self._mean = DECAY_MEAN * self._mean + (1 - DECAY_MEAN) * gradient
        self._square = DECAY_SQUARE * self._square + (1 - DECAY_SQUARE) * gradient.square()
        unbiased = self._mean / (1 - DECAY_MEAN**self._steps)
        spread = (self._square / (1 - DECAY_SQUARE**self._steps)).sqrt() + EPSILON
        value.sub_(self.rate * unbiased / spread)
