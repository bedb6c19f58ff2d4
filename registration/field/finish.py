"""Instance optimisation: the field is moved a little so that both scans' descriptors agree better, and stays smooth.

Minimises  mean |M_f(x) - M_m(x + u(x))|^2 + lambda * mean |grad u|^2  over random points of the body by Adam, where
u = u0 + B p: p is a vector per lattice node and B a smoothing, so that no step is rough. M is MIND-SSC.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.sampling import ChannelMap


@dataclass(frozen=True)
class FinishSettings:
    """smoothness: lambda, cost per squared gradient. points: random ones per iteration. rate: Adam's, in mm."""

    iterations: int = 60
    points: int = 20_000
    smoothness: float = 0.06
    rate_mm: float = 0.3
    seed: int = 7


def finished(
    start: ChannelMap, fixed: ChannelMap, moving: ChannelMap, mask: Tensor, settings: FinishSettings
) -> ChannelMap:
    """The optimised field on the start's lattice.

    start: (z, y, x, 3) mm; fixed, moving: descriptors on the working lattices; mask: (z, y, x) bool on the fixed one.
    """
    voxels = torch.nonzero(mask).flip(1)
    step = torch.zeros(1, 3, *start.grid.shape, requires_grad=True)
    initial = start.values.permute(3, 0, 1, 2)[None]
    optimiser = torch.optim.Adam([step], lr=settings.rate_mm)
    generator = torch.Generator().manual_seed(settings.seed)
    for _ in range(settings.iterations):
        chosen = voxels[torch.randint(len(voxels), (settings.points,), generator=generator)]
        field = initial + _smooth(step)
        optimiser.zero_grad()
        loss = _mismatch(field, start, chosen, fixed, moving) + settings.smoothness * _roughness(
            field, start.grid.spacing_mm[0]
        )
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        return ChannelMap((initial + _smooth(step))[0].permute(1, 2, 3, 0).contiguous(), start.grid)


def _mismatch(field: Tensor, lattice: ChannelMap, voxels: Tensor, fixed: ChannelMap, moving: ChannelMap) -> Tensor:
    """Mean squared difference of descriptors at fixed voxels (n, 3), (x, y, z) order, and where they are taken."""
    origin, spacing = torch.tensor(fixed.grid.origin_mm), torch.tensor(fixed.grid.spacing_mm)
    points = origin + voxels * spacing
    displacement = ChannelMap(field[0].permute(1, 2, 3, 0), lattice.grid).at(points)
    here = fixed.values[voxels[:, 2], voxels[:, 1], voxels[:, 0]]
    return (here - moving.at(points + displacement)).square().mean()


def _roughness(field: Tensor, step_mm: float) -> Tensor:
    """Sum over the axes of the mean squared derivative."""
    return sum(((field.diff(dim=axis) / step_mm).square().mean() for axis in (2, 3, 4)), torch.zeros(()))


def _smooth(step: Tensor) -> Tensor:
    """Twice a box of three nodes."""
    for _ in range(2):
        step = F.avg_pool3d(step, 3, stride=1, padding=1, count_include_pad=False)
    return step
