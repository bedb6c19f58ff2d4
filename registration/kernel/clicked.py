"""Stored matches and a kernel become a `PointKernel`: what refinement asks when clicks join the matches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.kernel.keys import Keys
from registration.matches import Matches
from registration.model import Kernel

Floats = NDArray[np.float64]
CHUNK = 50_000
"""Queries at once."""


@dataclass(frozen=True)
class ClickedKernel:
    """The kernel over matches (positions, displacements and confidence; clicks have no statistics) and sure clicks."""

    matches: Matches
    kernel: Kernel

    def __call__(self, points_mm: Floats, fixed_mm: Floats, moving_mm: Floats) -> Floats:
        """Displacements (N, 3) mm at points (N, 3), with K clicks (K, 3), (K, 3) of confidence one."""
        fixed = _joined(self.matches.fixed_mm, fixed_mm)
        moving = _joined(self.matches.moving_mm, moving_mm)
        confidence = _joined(self.matches.confidence, np.ones(len(fixed_mm)))
        keys = Keys(fixed, moving - fixed, confidence, torch.zeros(len(fixed), 0))
        queries = torch.as_tensor(points_mm, dtype=torch.float32)
        with torch.no_grad():
            parts = [self.kernel.spread(chunk, keys).displacement for chunk in torch.split(queries, CHUNK)]
        return np.asarray(torch.cat(parts).numpy(), np.float64)


def _joined(matched: NDArray[np.float32], clicked: Floats) -> Tensor:
    return torch.from_numpy(np.concatenate([matched, clicked.astype(np.float32)]))
