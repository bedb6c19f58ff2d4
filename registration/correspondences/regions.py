"""Places in a feature map become blocks of the features around them, at the map's own step or at half of it."""

from __future__ import annotations

import torch
from torch import Tensor

from registration.sampling import ChannelMap


class Regions:
    """A map (z, y, x, C), and what around many places of it is asked for: the same arithmetic is done once.

    refine = 2 stands for a lattice of half the map's step, by linear interpolation, built only where it is read.
    The border is replicated.
    """

    def __init__(self, target: ChannelMap, centres: Tensor, *, radius: int, refine: int = 1) -> None:
        """centres (N, 3) mm, in the map's frame; radius: steps of the (refined) lattice to each side."""
        self._grid, self._radius, self._refine = target.grid, radius, refine
        self._index = torch.round(target.index_of(centres) * refine).long()  # (N, 3) in steps of the (refined) lattice
        self._low = torch.div(self._index - radius, refine, rounding_mode="floor")
        self._side = 2 * radius + 1 if refine == 1 else radius + 3
        self._low[:, 0].clamp_(-self._side, target.values.shape[2])
        self._values, self._shift = _widened(target.values, self._low[:, 0], self._side)
        self._energy = _squared_lengths(self._values) if refine == 1 else None

    def corners(self) -> Tensor:
        """The lattice points (N, 3) mm nearest to the centres."""
        origin, spacing = (torch.tensor(v) for v in (self._grid.origin_mm, self._grid.spacing_mm))
        axes = torch.as_tensor(self._grid.axes).float()
        return (self._index.float() / self._refine * spacing.float()) @ axes.T + origin.float()

    def blocks(self, part: slice) -> tuple[Tensor, Tensor]:
        """Features (n, R, R, R, C) around some of the centres, R = 2 radius + 1; their squared lengths (n, R, R, R)."""
        block = self._rows(self._values, part)
        if self._energy is not None:
            return block, self._rows(self._energy, part)[..., 0]
        block = _halved_steps(block, self._index[part] - self._radius - 2 * self._low[part], 2 * self._radius + 1)
        return block, block.square().sum(4)

    def _rows(self, values: Tensor, part: slice) -> Tensor:
        """Blocks (n, side, side, side, C): `side` voxels along x lie side by side, so whole rows are copied."""
        depth, height, width, channels = values.shape
        x, steps, side = self._low[part, 0] + self._shift, torch.arange(self._side), self._side
        y = (self._low[part, 1:2] + steps).clamp(0, height - 1)
        z = (self._low[part, 2:3] + steps).clamp(0, depth - 1)
        first = (z[:, :, None] * height + y[:, None, :]) * width + x[:, None, None]
        rows = values.reshape(-1).unfold(0, side * channels, channels)  # a view: every run of `side` voxels
        return rows.index_select(0, first.reshape(-1)).reshape(-1, side, side, side, channels)


def _widened(values: Tensor, low: Tensor, side: int) -> tuple[Tensor, int]:
    """The map with its border repeated along x as far as rows of `side` from `low` (N,) reach, and by how much."""
    width = values.shape[2]
    beyond = max(0, -int(low.min()), int(low.max()) + side - width)
    if not beyond:
        return values, 0
    ends = values[:, :, :1].expand(-1, -1, beyond, -1), values[:, :, -1:].expand(-1, -1, beyond, -1)
    return torch.cat([ends[0], values, ends[1]], 2), beyond


def _squared_lengths(values: Tensor) -> Tensor:
    """Sums (z, y, x, 1) of the squares over the channels, plane by plane, so that no second map is held."""
    return torch.stack([plane.square().sum(2, keepdim=True) for plane in values])


def _halved_steps(block: Tensor, parity: Tensor, side: int) -> Tensor:
    """Blocks (n, z, y, x, C) at half their step: `side` points from offset `parity` (n, 3), 0 or 1, linear between."""
    for axis, part in ((3, parity[:, 0]), (2, parity[:, 1]), (1, parity[:, 2])):
        here, there = block.narrow(axis, 0, block.shape[axis] - 1), block.narrow(axis, 1, block.shape[axis] - 1)
        fine = torch.stack([here, 0.5 * (here + there)], axis + 1).flatten(axis, axis + 1)
        even, odd = fine.narrow(axis, 0, side), fine.narrow(axis, 1, side)
        block = torch.where(part.bool().reshape(-1, 1, 1, 1, 1), odd, even)
    return block
