"""The cost volume at the keypoints: how ill each displacement label fits, as mean squared difference of patches.

    C(y, l) = mean_o |F_f(y + o) - F_m(g(y) + l + o)|^2,    g(y) = lattice point nearest to y + u(y)

Labels are steps of the moving features' own lattice, so the moving side is never interpolated; the label means the
displacement g(y) - y + l, so nothing is rounded. The square is expanded: one grouped 3D correlation, one group per
keypoint, and a box sum of |F_m|^2. Differentiable with respect to both feature maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.sampling import ChannelMap

CHUNK = 64
"""Keypoints per correlation: about 60 MB of features at the widest search."""


@dataclass(frozen=True)
class Labels:
    """A cube of displacement labels around each keypoint's start: `step_mm` apart, `radius` to each side."""

    step_mm: float
    radius: int
    patch_radius: int

    def offsets(self) -> Tensor:
        """Label offsets (L, 3) mm in (x, y, z) order, L = (2 radius + 1)^3, z slowest as in the cost volume."""
        return self.step_mm * cube(self.radius).float()


def cost_volume(
    source: ChannelMap, target: ChannelMap, points: Tensor, start: Tensor, labels: Labels, *, refine: int = 1
) -> tuple[Tensor, Tensor]:
    """Costs (N, L) of every label, and the displacement `base` (N, 3) mm of the middle label.

    points (N, 3) mm in the source map; start (N, 3) mm, where to search around. refine = 2 searches at half the
    target's step, by linear interpolation of the features, built only where it is read.
    """
    patch_offsets = labels.step_mm * cube(labels.patch_radius).float()
    base, costs = [], []
    for part in torch.split(torch.arange(len(points)), CHUNK):
        patches = source.at(points[part, None] + patch_offsets)  # (n, P, C)
        corner, region = _regions(target, points[part] + start[part], labels.radius + labels.patch_radius, refine)
        costs.append(patch_costs(patches, region, labels))
        base.append(corner - points[part])
    return torch.cat(costs), torch.cat(base)


def patch_costs(patches: Tensor, region: Tensor, labels: Labels) -> Tensor:
    """Mean squared differences (n, L) of fixed patches (n, P, C) and every patch of a region (n, C, R, R, R)."""
    n, patch_voxels, channels = patches.shape
    side = 2 * labels.patch_radius + 1
    kernels = patches.transpose(1, 2).reshape(n, channels, side, side, side)
    cross = F.conv3d(region.reshape(1, n * channels, *region.shape[2:]), kernels, groups=n)[0]
    energy = _box_mean(region.square().sum(1), side) * patch_voxels
    own = patches.square().sum((1, 2))[:, None, None, None]
    return ((own - 2 * cross + energy) / (patch_voxels * channels)).reshape(n, -1).clamp_min(0)


def _box_mean(values: Tensor, side: int) -> Tensor:
    """Means (n, ...) over every cube of `side` voxels of (n, z, y, x), one axis at a time."""
    for window in ((side, 1, 1), (1, side, 1), (1, 1, side)):
        values = F.avg_pool3d(values, window, stride=1)
    return values


def _regions(target: ChannelMap, centres: Tensor, radius: int, refine: int) -> tuple[Tensor, Tensor]:
    """Lattice points (n, 3) mm nearest to the centres, and the features (n, C, R, R, R) around them."""
    index = torch.round(target.index_of(centres) * refine).long()  # in steps of the (refined) lattice
    low = torch.div(index - radius, refine, rounding_mode="floor")
    reach = radius if refine == 1 else radius + 1
    coarse_side = 2 * reach + 1 if refine == 1 else reach + 2
    block = _gather(target, low, coarse_side)
    if refine == 2:
        block = _halved_steps(block, index - radius - 2 * low, 2 * radius + 1)
    origin, spacing = (torch.tensor(v) for v in (target.grid.origin_mm, target.grid.spacing_mm))
    axes = torch.as_tensor(target.grid.axes).float()
    return (index.float() / refine * spacing.float()) @ axes.T + origin.float(), block


def _gather(target: ChannelMap, low: Tensor, side: int) -> Tensor:
    """Blocks (n, C, side, side, side) of the map from voxel `low` (n, 3) in (x, y, z) order, borders replicated."""
    depth, height, width, channels = target.values.shape
    steps = torch.arange(side)
    x = (low[:, 0:1] + steps).clamp(0, width - 1)
    y = (low[:, 1:2] + steps).clamp(0, height - 1)
    z = (low[:, 2:3] + steps).clamp(0, depth - 1)
    flat = (z[:, :, None, None] * height + y[:, None, :, None]) * width + x[:, None, None, :]
    rows = target.values.reshape(-1, channels)[flat.reshape(-1)]
    return rows.reshape(len(low), side**3, channels).transpose(1, 2).reshape(len(low), channels, side, side, side)


def _halved_steps(block: Tensor, parity: Tensor, side: int) -> Tensor:
    """The block at half its step, linearly interpolated, from offset `parity` (n, 3), 0 or 1, over `side` points."""
    for axis, part in ((4, parity[:, 0]), (3, parity[:, 1]), (2, parity[:, 2])):
        count = block.shape[axis]
        between = 0.5 * (block.narrow(axis, 0, count - 1) + block.narrow(axis, 1, count - 1))
        fine = torch.stack([block.narrow(axis, 0, count - 1), between], axis + 1).flatten(axis, axis + 1)
        even, odd = fine.narrow(axis, 0, side), fine.narrow(axis, 1, side)
        block = torch.where(part.bool().reshape(-1, 1, 1, 1, 1), odd, even)
    return block


def cube(radius: int) -> Tensor:
    """Integer offsets ((2 radius + 1)^3, 3) in (x, y, z) order, z slowest."""
    steps = torch.arange(-radius, radius + 1)
    return torch.cartesian_prod(steps, steps, steps).flip(1)
