"""The cost volume at the keypoints: how ill each displacement label fits, as mean squared difference of patches.

    C(y, l) = mean_o |F_f(y + o) - F_m(g(y) + l + o)|^2,    g(y) = lattice point nearest to y + u(y)

Labels are steps of the moving features' own lattice, so the moving side is never interpolated; the label means the
displacement g(y) - y + l, so nothing is rounded. The square is expanded: inner products of the fixed patch with every
patch of a region, and a box sum of |F_m|^2. Differentiable with respect to both feature maps.
TorchScript as well: a model server runs these very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from registration.correspondences import settings
from registration.correspondences.regions import blocks, corners, regions_around
from registration.sampling import ChannelMap, PlacedMap, look_up


class Labels(NamedTuple):
    """A cube of displacement labels around each keypoint's start: `step_mm` apart, `radius` to each side."""

    step_mm: float
    radius: int
    patch_radius: int

    def offsets(self) -> Tensor:
        """Label offsets (L, 3) mm in (x, y, z) order, L = (2 radius + 1)^3, z slowest as in the cost volume."""
        return offsets_of(self)


def offsets_of(labels: Labels) -> Tensor:
    """`labels.offsets()`: TorchScript calls no methods of tuples."""
    return labels.step_mm * cube(labels.radius).float()


def cost_volume(
    source: ChannelMap, target: ChannelMap, points: Tensor, start: Tensor, labels: Labels, *, refine: int = 1
) -> tuple[Tensor, Tensor]:
    """Costs (N, L) of every label, and the displacement `base` (N, 3) mm of the middle label.

    points (N, 3) mm in the source map; start (N, 3) mm, where to search around. refine = 2 searches at half the
    target's step, by linear interpolation of the features, built only where it is read.
    """
    return costs_between(source.placed, target.placed, points, start, labels, refine)


def costs_between(
    source: PlacedMap,
    target: PlacedMap,
    points: Tensor,
    start: Tensor,
    labels: Labels,
    refine: int,
) -> tuple[Tensor, Tensor]:
    """As `cost_volume`, of maps as tensors alone."""
    around = points[:, None] + labels.step_mm * cube(labels.patch_radius).to(points)
    patches = look_up(source, around.reshape(-1, 3)).reshape(around.shape[0], around.shape[1], -1)  # (N, P, C)
    regions = regions_around(target, points + start, labels.radius + labels.patch_radius, refine)
    chunk = max(1, settings.RUN_VALUES // (run_voxels(labels) * source.values.shape[3]))
    costs: list[Tensor] = []
    for first in range(0, len(points), chunk):
        region, energy = blocks(regions, first, first + chunk)
        costs.append(patch_costs(patches[first : first + chunk], region, energy, labels))
    return torch.cat(costs), corners(target, regions) - points


def run_voxels(labels: Labels) -> int:
    """Voxels of all the runs that the patches of one keypoint's region are made of."""
    side, count = 2 * labels.patch_radius + 1, 2 * labels.radius + 1
    return (count + side - 1) * (count + side - 1) * count * side


def patch_costs(patches: Tensor, region: Tensor, energy: Tensor, labels: Labels) -> Tensor:
    """Mean squared differences (n, L) of fixed patches (n, P, C) and every patch of a region.

    region (n, R, R, R, C) in (z, y, x) order; energy (n, R, R, R): its squared lengths.
    """
    n, patch_voxels, channels = patches.shape
    side = 2 * labels.patch_radius + 1
    own = patches.square().sum((1, 2))[:, None, None, None]
    squared = own - 2 * _correlation(patches, region, side) + _box_sum(energy, side)
    return (squared / (patch_voxels * channels)).reshape(n, -1).clamp_min(0)


def _correlation(patches: Tensor, region: Tensor, side: int) -> Tensor:
    """Inner products (n, L, L, L) of patches (n, side^3, C) with every patch of a region (n, R, R, R, C).

    Runs of `side` voxels along x as one vector, all rows of a patch against all runs of its region in one matrix
    product; then each label adds up its own rows. Five times faster than a grouped convolution.
    """
    n, reach, channels = region.shape[0], region.shape[1], region.shape[4]
    labels = reach - side + 1
    runs = region.unfold(3, side, 1).transpose(4, 5).reshape(n, reach * reach * labels, side * channels)
    rows = patches.reshape(n, side * side, side * channels)
    products = torch.bmm(rows, runs.transpose(1, 2)).reshape(n, side, side, reach, reach, labels)
    over_y = products[:, :, 0, :, 0:labels]
    for i in range(1, side):
        over_y = over_y + products[:, :, i, :, i : i + labels]
    total = over_y[:, 0, 0:labels]
    for i in range(1, side):
        total = total + over_y[:, i, i : i + labels]
    return total


def _box_sum(values: Tensor, side: int) -> Tensor:
    """Sums (n, ...) over every cube of `side` voxels of (n, z, y, x), one axis at a time."""
    for axis in (1, 2, 3):
        count = values.shape[axis] - side + 1
        total = values.narrow(axis, 0, count)
        for i in range(1, side):
            total = total + values.narrow(axis, i, count)
        values = total
    return values


def cube(radius: int) -> Tensor:
    """Integer offsets ((2 radius + 1)^3, 3) in (x, y, z) order, z slowest."""
    return raster(torch.arange(-radius, radius + 1)).flip(1)


def raster(steps: Tensor) -> Tensor:
    """Every triple (n^3, 3) of n steps, the last changing fastest."""
    return torch.stack(torch.meshgrid([steps, steps, steps], indexing="ij"), -1).reshape(-1, 3)
