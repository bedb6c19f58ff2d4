"""Channel maps for the matcher: MIND-SSC and, when there is one, the learned encoder beside it, one per search level.

The cost is a mean over channels, so stacking two descriptors with weights is the weighted sum of their costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from registration.features.mind import mind_ssc
from registration.geometry import Grid
from registration.sampling import ChannelMap

Encoder = Callable[[Tensor], Sequence[Tensor]]
"""Image (1, 1, z, y, x) in [0, 1] -> feature maps (1, C, z, y, x) at strides 1, 2, 4, 8, 16."""


def matching_features(
    image: Tensor, grid: Grid, encoder: Encoder | None = None, *, weight: float = 0.0
) -> list[ChannelMap]:
    """Maps for the three levels: at twice the lattice's step, at its step, and at its step again for the finest search.

    image: (z, y, x) in [0, 1] on `grid`. weight: share of the encoder's cost at the first two levels.
    """
    values, halves = descriptors(image)
    finest = ChannelMap(values, grid)
    if encoder is None or weight == 0.0:
        return [ChannelMap(halves, coarser(grid)), finest, finest]
    full, half = (maps[0] for maps in encoder(image[None, None])[:2])
    first, second = _stacked(halves.movedim(3, 0), half, weight), _stacked(values.movedim(3, 0), full, weight)
    return [_channel_map(first, coarser(grid)), _channel_map(second, grid), finest]


def descriptors(image: Tensor) -> tuple[Tensor, Tensor]:
    """MIND-SSC (z, y, x, 12) of an image (z, y, x), and the same around every second voxel. TorchScript as well."""
    finest = mind_ssc(image).permute(1, 2, 3, 0).contiguous()
    return finest, _halved(finest).contiguous()


def coarser(grid: Grid) -> Grid:
    """Every second voxel of a lattice, the first included."""
    (x, y, z), (sx, sy, sz) = grid.size, grid.spacing_mm
    return Grid(((x + 1) // 2, (y + 1) // 2, (z + 1) // 2), (2 * sx, 2 * sy, 2 * sz), grid.origin_mm, grid.direction)


def _halved(values: Tensor) -> Tensor:
    """Means over the 3^3 voxels around every second voxel of a map (z, y, x, C), or as many as there are at the rim."""
    for axis in range(3):
        rows = values.movedim(axis, 0)
        total, between = rows[0::2].clone(), rows[1::2]
        count, gaps = total.shape[0], between.shape[0]
        total.narrow(0, 0, gaps).add_(between)
        total.narrow(0, 1, count - 1).add_(between.narrow(0, 0, count - 1))
        place = torch.arange(count, device=values.device)
        parts = 1 + (place > 0).int() + (place < gaps).int()
        values = total.div_(parts.reshape(-1, 1, 1, 1)).movedim(0, axis)
    return values


def _stacked(mind: Tensor, learned: Tensor, weight: float) -> Tensor:
    """Channels (C, z, y, x) whose mean squared difference is (1 - weight) of MIND's plus weight of the encoder's."""
    total = mind.shape[0] + learned.shape[0]
    own = ((1 - weight) * total / mind.shape[0]) ** 0.5
    other = (weight * total / learned.shape[0]) ** 0.5
    return torch.cat([own * mind, other * learned])


def _channel_map(maps: Tensor, grid: Grid) -> ChannelMap:
    return ChannelMap(maps.permute(1, 2, 3, 0).contiguous(), grid)
