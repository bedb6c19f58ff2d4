"""MIND-SSC: twelve self-similarities around every voxel, robust to contrast and bias.

M. P. Heinrich et al., "Towards realtime multimodal fusion for image-guided interventions using self-similarities",
MICCAI 2013. TorchScript as well: a model server runs these very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Offset = tuple[int, int, int]
NEIGHBOURS: tuple[Offset, ...] = ((0, 0, -1), (0, 0, 1), (0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0))
PAIRS = tuple(
    (a, b)
    for i, a in enumerate(NEIGHBOURS)
    for b in NEIGHBOURS[i + 1 :]
    if sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) == 2
)
"""The twelve pairs of six-neighbours that lie sqrt(2) apart."""
SLAB_VOXELS = 2**18
"""Voxels described at once: 12 MB, so that they stay near the processor."""


class Edge(NamedTuple):
    """One of the octahedron's six directions: `step` to the other neighbour, and its two `channels` among `PAIRS`.

    starts: the neighbour where each of the two begins, (z, y, x) as the step.
    """

    step: list[int]
    channels: list[int]
    starts: list[list[int]]


def edges() -> list[Edge]:
    """Opposite edges of the octahedron are parallel: their patches are compared once."""
    return [
        Edge([0, -1, 1], [0, 5], [[0, 0, -1], [0, 1, 0]]),
        Edge([0, 1, 1], [1, 4], [[0, 0, -1], [0, -1, 0]]),
        Edge([-1, 0, 1], [2, 7], [[0, 0, -1], [1, 0, 0]]),
        Edge([1, 0, 1], [3, 6], [[0, 0, -1], [-1, 0, 0]]),
        Edge([-1, 1, 0], [8, 11], [[0, -1, 0], [1, 0, 0]]),
        Edge([1, 1, 0], [9, 10], [[0, -1, 0], [-1, 0, 0]]),
    ]


def mind_ssc(image: Tensor, dilation: int = 2, radius: int = 1, slab_voxels: int = SLAB_VOXELS) -> Tensor:
    """Descriptor (12, z, y, x) in (0, 1] of an image (z, y, x), the channels of a voxel side by side in memory.

    Slab by slab: peak memory is the descriptor and three images.
    """
    depth, height, width, rim = image.shape[0], image.shape[1], image.shape[2], dilation + radius
    padded = F.pad(image[None, None], [rim, rim, rim, rim, rim, rim], mode="replicate")[0, 0]
    distance, variance = image.new_empty([depth, height, width, 12]), torch.empty_like(image)
    step = max(1, slab_voxels // (height * width))
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        channels = _distances(padded[start : stop + 2 * rim], dilation, radius)
        channels -= channels.amin(0)
        variance[start:stop] = channels.mean(0)
        distance[start:stop] = channels.permute(1, 2, 3, 0)
    typical = variance.mean()
    variance.clamp_(1e-3 * typical + 1e-8, 1e3 * typical + 1e-6).neg_()
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        distance[start:stop].div_(variance[start:stop].unsqueeze(-1)).exp_()
    return distance.permute(3, 0, 1, 2)


def _distances(padded: Tensor, dilation: int, radius: int) -> Tensor:
    """Mean squared differences (12, z, y, x) of the patches around the pairs, of an image padded by both."""
    shape = [n - 2 * (dilation + radius) for n in padded.shape]
    distances = padded.new_empty([12, shape[0], shape[1], shape[2]])
    for edge in edges():
        patches = _patch_distance(padded, edge.step, dilation, radius)
        for i, channel in enumerate(edge.channels):
            first = [dilation * (1 + p) - max(0, -dilation * e) for p, e in zip(edge.starts[i], edge.step)]  # noqa: B905 TorchScript
            distances[channel] = _block(patches, first, shape)
    return distances


def _patch_distance(padded: Tensor, edge: list[int], dilation: int, radius: int) -> Tensor:
    """Mean squared difference of the patches around every voxel and the one `edge` away, as far as both are padded."""
    here, there = [max(0, -dilation * e) for e in edge], [max(0, dilation * e) for e in edge]
    common = [n - abs(dilation * e) for n, e in zip(padded.shape, edge)]  # noqa: B905 TorchScript
    total, side = (_block(padded, here, common) - _block(padded, there, common)).square_(), 2 * radius + 1
    for axis in range(3):
        count = total.shape[axis] - side + 1
        moved = total.narrow(axis, 0, count)
        for i in range(1, side):
            moved = moved + total.narrow(axis, i, count)
        total = moved
    return total / side**3


def _block(values: Tensor, start: list[int], size: list[int]) -> Tensor:
    """The voxels of (z, y, x) from `start` on, `size` of them along each axis."""
    return values.narrow(0, start[0], size[0]).narrow(1, start[1], size[1]).narrow(2, start[2], size[2])
