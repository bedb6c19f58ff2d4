"""Displacements on small stencils become the volume that is left there: how near a field comes to folding."""

from __future__ import annotations

import torch
from torch import Tensor

STENCIL = 4
"""A point and its neighbours along x, y and z."""
LEAST_VOLUME = 0.3


def folding(points: Tensor, displacement: Tensor) -> Tensor:
    """How far (Q,) the determinant of the Jacobian falls below 0.3, by forward differences.

    points, displacement (Q, 4, 3) mm: of points and of their neighbours, equally far along x, y and z.
    """
    return (LEAST_VOLUME - volumes(points, displacement)).clamp_min(0)


def volumes(points: Tensor, displacement: Tensor) -> Tensor:
    """The determinants (Q,) of the Jacobian of x + d(x) on stencils (Q, 4, 3) mm."""
    moved = points + displacement
    step = (points[:, 1:] - points[:, :1]).norm(dim=2).mean()
    determinants: Tensor = torch.linalg.det((moved[:, 1:] - moved[:, :1]) / step)
    return determinants
