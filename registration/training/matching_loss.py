"""Features and a known field become a loss: cross-entropy over the labels of the matcher's own cost volume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.correspondences.cost_volume import Labels, cost_volume
from registration.features.encoder import STRIDES
from registration.geometry import Grid
from registration.sampling import ChannelMap


@dataclass(frozen=True)
class Scale:
    """How one map is asked to match: the labels, and how far from the truth the search starts, in label steps."""

    labels: Labels
    start_error: int


SCALES = (
    Scale(Labels(2.0, 4, 1), 3),
    Scale(Labels(4.0, 6, 1), 5),
    Scale(Labels(8.0, 3, 1), 2),
    Scale(Labels(16.0, 2, 0), 1),
    Scale(Labels(32.0, 1, 0), 1),
)
"""For maps of 2, 4, 8, 16 and 32 mm: what the matcher searches with the first two, and as much for the coarser ones."""


def feature_maps(maps: Sequence[Tensor], grid: Grid) -> list[ChannelMap]:
    """The encoder's maps (1, C, d, h, w) of an image on `grid`, each on its own lattice."""
    return [ChannelMap(m[0].movedim(0, -1), strided(grid, s)) for m, s in zip(maps, STRIDES, strict=True)]


def strided(grid: Grid, stride: int) -> Grid:
    """Every `stride`-th voxel of a grid along each axis, from the first."""
    x, y, z = ((n + stride - 1) // stride for n in grid.size)
    sx, sy, sz = (stride * s for s in grid.spacing_mm)
    return Grid((x, y, z), (sx, sy, sz), grid.origin_mm, grid.direction)


def matching_loss(
    fixed: ChannelMap, moving: ChannelMap, points: Tensor, truth: Tensor, scale: Scale, sharpness: Tensor, start: Tensor
) -> Tensor:
    """Cross-entropy (N,) between softmax(-sharpness * cost) and a soft label around the truth, in units of log(labels).

    points (N, 3) mm, truth (N, 3) mm, start (N, 3): where the search begins off the truth, from -1 to 1.
    """
    labels = scale.labels
    offset = start * scale.start_error * labels.step_mm
    costs, base = cost_volume(fixed, moving, points, truth + offset, labels)
    distance = (truth - base)[:, None] - labels.offsets()  # (N, L, 3) mm
    target = torch.softmax(-2.0 * (distance / labels.step_mm).square().sum(2), 1)
    entropy = -(target * F.log_softmax(-sharpness * costs, 1)).sum(1)
    return torch.div(entropy, math.log(costs.shape[1]))


def matching_error(costs: Tensor, base: Tensor, labels: Labels, truth: Tensor) -> Tensor:
    """Distance (N,) mm between the best label's displacement and the truth."""
    return torch.linalg.vector_norm(base + labels.offsets()[costs.argmin(1)] - truth, dim=1)
