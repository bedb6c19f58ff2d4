"""A displacement field becomes how rough it is: isotropic diffusion, the mean squared gradient."""

from __future__ import annotations

from torch import Tensor


def diffusion_loss(field: Tensor, step_mm: Tensor) -> Tensor:
    """Mean of |grad d|^2 (no unit): squared forward differences over the step, summed over components and axes.

    field: (1, 3, d, h, w) mm; step_mm: (3,) distance of the nodes along x, y and z.
    """
    axes = zip((4, 3, 2), step_mm.unbind(), strict=True)
    slopes = [field.diff(dim=axis) / step for axis, step in axes if field.shape[axis] > 1]
    total: Tensor = sum((slope.square().sum(1).mean() for slope in slopes), field.new_zeros(()))
    return total
