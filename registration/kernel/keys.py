"""The kernel's keys: correspondences as tensors, with what is known about each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Keys:
    """N keys: `points`, `displacement` (N, 3) mm, `confidence` (N,) in (0, 1], `statistics` (N, S), S may be 0."""

    points: Tensor
    displacement: Tensor
    confidence: Tensor
    statistics: Tensor

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True)
class Spread:
    """What a kernel says at Q queries.

    displacement (Q, 3) mm; disagreement (Q,) mm, mean deviation of the neighbours from the answer; support (Q,), their
    mean confidence; distance (Q,) mm, to the nearest key; attention_std (Q,), the paper's uncertainty: standard
    deviation of the attention scores.
    """

    displacement: Tensor
    disagreement: Tensor
    support: Tensor
    distance: Tensor
    attention_std: Tensor

    @staticmethod
    def joined(parts: list[Spread]) -> Spread:
        """Answers of consecutive queries as one."""
        names = ("displacement", "disagreement", "support", "distance", "attention_std")
        return Spread(*(torch.cat([getattr(p, n) for p in parts]) for n in names))
