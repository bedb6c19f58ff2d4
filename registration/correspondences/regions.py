"""Places in a feature map become blocks of the features around them, at the map's own step or at half of it.

TorchScript as well: a model server runs these very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from registration.sampling import PlacedMap, index_of


class Regions(NamedTuple):
    """What around many places (N) of a map is asked for.

    values (z, y, x, C), its border repeated along x by `shift`; energy (z, y, x, 1): squared lengths, None where the
    lattice is refined. steps (N, 3): the places in steps of the (refined) lattice; low (N, 3): where blocks of `side`
    voxels begin. radius: steps of the (refined) lattice to each side.
    """

    values: Tensor
    energy: Tensor | None
    shift: int
    steps: Tensor
    low: Tensor
    side: int
    radius: int
    refine: int


def regions_around(target: PlacedMap, centres: Tensor, radius: int, refine: int) -> Regions:
    """What lies around centres (N, 3) mm in the map's frame: the same arithmetic is done once.

    refine = 2 stands for a lattice of half the map's step, by linear interpolation, built only where it is read.
    The border is replicated.
    """
    index = torch.round(index_of(target, centres) * refine).long()
    low = torch.div(index - radius, refine, rounding_mode="floor")
    side = 2 * radius + 1 if refine == 1 else radius + 3
    low[:, 0].clamp_(-side, target.values.shape[2])
    values, shift = _widened(target.values, low[:, 0], side)
    energy = _squared_lengths(values) if refine == 1 else None
    return Regions(values, energy, shift, index, low, side, radius, refine)


def corners(target: PlacedMap, regions: Regions) -> Tensor:
    """The lattice points (N, 3) mm nearest to the centres."""
    away = regions.steps.float() / regions.refine * target.spacing.float()
    return away @ target.axes.float().T + target.origin.float()


def blocks(regions: Regions, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """Features (n, R, R, R, C) around the centres from `start` to before `stop`, R = 2 radius + 1; their squared
    lengths (n, R, R, R).
    """
    block, energy = _rows(regions.values, regions, start, stop), regions.energy
    if energy is not None:
        return block, _rows(energy, regions, start, stop)[..., 0]
    first = regions.steps[start:stop] - regions.radius - 2 * regions.low[start:stop]
    block = _halved_steps(block, first, 2 * regions.radius + 1)
    return block, block.square().sum(4)


def _rows(values: Tensor, regions: Regions, start: int, stop: int) -> Tensor:
    """Blocks (n, side, side, side, C): `side` voxels along x lie side by side, so whole rows are copied."""
    depth, height, width, channels = values.shape
    low, side = regions.low[start:stop], regions.side
    steps = torch.arange(side, device=values.device)
    x = low[:, 0] + regions.shift
    y = (low[:, 1:2] + steps).clamp(0, height - 1)
    z = (low[:, 2:3] + steps).clamp(0, depth - 1)
    first = (z[:, :, None] * height + y[:, None, :]) * width + x[:, None, None]
    if values.requires_grad:  # the gradient of runs that overlap would be `side` times as large as the map
        every = first.reshape(-1, 1) + steps
        found = values.reshape(-1, channels).index_select(0, every.reshape(-1))
    else:
        found = values.reshape(-1).unfold(0, side * channels, channels).index_select(0, first.reshape(-1))  # runs of x
    return found.reshape(-1, side, side, side, channels)


def _widened(values: Tensor, low: Tensor, side: int) -> tuple[Tensor, int]:
    """The map with its border repeated along x as far as rows of `side` from `low` (N,) reach, and by how much."""
    beyond = max(0, max(-int(low.min()), int(low.max()) + side - values.shape[2]))
    if beyond == 0:
        return values, 0
    near, far = values[:, :, :1].expand(-1, -1, beyond, -1), values[:, :, -1:].expand(-1, -1, beyond, -1)
    return torch.cat([near, values, far], 2), beyond


def _squared_lengths(values: Tensor) -> Tensor:
    """Sums (z, y, x, 1) of the squares over the channels, plane by plane, so that no second map is held."""
    return torch.stack([values[i].square().sum(2, keepdim=True) for i in range(values.shape[0])])


def _halved_steps(block: Tensor, parity: Tensor, side: int) -> Tensor:
    """Blocks (n, z, y, x, C) at half their step: `side` points from offset `parity` (n, 3), 0 or 1, linear between."""
    for axis, part in ((3, parity[:, 0]), (2, parity[:, 1]), (1, parity[:, 2])):
        here, there = block.narrow(axis, 0, block.shape[axis] - 1), block.narrow(axis, 1, block.shape[axis] - 1)
        fine = torch.stack([here, 0.5 * (here + there)], axis + 1).flatten(axis, axis + 1)
        even, odd = fine.narrow(axis, 0, side), fine.narrow(axis, 1, side)
        block = torch.where(part.reshape(-1, 1, 1, 1, 1) > 0, odd, even)
    return block
