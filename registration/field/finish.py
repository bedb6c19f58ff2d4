"""Instance optimisation: the field is moved a little so that both scans' descriptors agree better, and stays smooth.

Minimises  mean |M_f(x) - M_m(x + u(x))|^2 + lambda * mean |grad u|^2  over points x of the body by Adam. M is MIND-SSC,
u = u0 + B p with a vector p per lattice node and a smoothing B, so that no step is rough. Each iteration takes another
regular raster of voxels, in a fixed shuffled order: an even cover, and the same points each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.field.adam import Adam
from registration.sampling import ChannelMap


@dataclass(frozen=True)
class FinishSettings:
    """smoothness: lambda, cost per squared gradient. points: at most so many per iteration. rate: Adam's, in mm."""

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
    rasters = _rasters(mask, settings)
    step = torch.zeros(1, 3, *start.grid.shape, requires_grad=True)
    initial = start.values.permute(3, 0, 1, 2)[None]
    optimiser = Adam(settings.rate_mm)
    for i in range(settings.iterations):
        chosen = rasters[i % len(rasters)]
        field = initial + _smooth(step)
        price = settings.smoothness * _roughness(field, start.grid.spacing_mm[0])
        (gradient,) = torch.autograd.grad(_mismatch(field, start, chosen, fixed, moving) + price, step)
        optimiser.descend(step, gradient)
    with torch.no_grad():
        return ChannelMap((initial + _smooth(step))[0].permute(1, 2, 3, 0).contiguous(), start.grid)


def _rasters(mask: Tensor, settings: FinishSettings) -> list[Tensor]:
    """Voxels (n, 3) in (x, y, z) order of the mask, dealt to rasters of a common stride, shuffled; none empty."""
    stride = max(1, math.ceil((float(mask.sum()) / settings.points) ** (1 / 3)))
    starts = torch.cartesian_prod(*(torch.arange(stride) for _ in range(3)))
    order = torch.randperm(len(starts), generator=torch.Generator().manual_seed(settings.seed))
    rasters = []
    for start in starts[order].tolist()[: settings.iterations]:
        z, y, x = start
        part = torch.nonzero(mask[z::stride, y::stride, x::stride]) * stride + torch.tensor(start)
        if len(part):
            rasters.append(part.flip(1))
    return rasters


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
