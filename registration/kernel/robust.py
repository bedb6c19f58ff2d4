"""Correspondences without statistics -> how far each can be trusted, by what its neighbours say at several scales.

Used where the matches come from a file or from clicks: the residuals of leave-one-out fits are all there is to tell
wrong correspondences by, and several neighbourhood sizes see clusters that one does not.
"""

from __future__ import annotations

import torch
from torch import Tensor

from registration.kernel.residuals import SCALES, residual_features

TOLERANCE_MM = 0.3
FLOOR = 1e-3


def trust(points: Tensor, displacement: Tensor) -> Tensor:
    """Weight (N,) in [0.001, 1] of each correspondence; all 1 for fewer than five."""
    if len(points) < 5:
        return torch.ones(len(points))
    features = residual_features(points, displacement)
    weight = torch.ones(len(points))
    for scale in range(1, len(SCALES)):  # the smallest neighbourhood is too easily all wrong together
        error, typical = (torch.expm1(features[:, 3 * scale + i]) for i in (0, 1))
        weight = weight / (1 + (error / (3.0 * (typical + TOLERANCE_MM))) ** 2) ** 2
    return weight.clamp_min(FLOOR)
