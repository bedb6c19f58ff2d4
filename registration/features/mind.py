"""MIND-SSC: twelve self-similarities around every voxel, robust to contrast and bias.

M. P. Heinrich et al., "Towards realtime multimodal fusion for image-guided interventions using self-similarities",
MICCAI 2013.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def mind_ssc(image: Tensor, *, dilation: int = 2, radius: int = 1) -> Tensor:
    """Descriptor (12, z, y, x) in (0, 1] of an image (z, y, x), the channels of a voxel side by side in memory.

    Slab by slab: peak memory is the descriptor and three images.
    """
    padded = F.pad(image[None, None], (dilation + radius,) * 6, mode="replicate")[0, 0]
    distance, variance = image.new_empty(*image.shape, len(PAIRS)), torch.empty_like(image)
    step = max(1, SLAB_VOXELS // image[0].numel())
    slabs = [slice(start, min(start + step, len(image))) for start in range(0, len(image), step)]
    for slab in slabs:
        channels = _distances(padded[slab.start : slab.stop + 2 * (dilation + radius)], dilation, radius)
        channels -= channels.amin(0)
        variance[slab] = channels.mean(0)
        distance[slab] = channels.permute(1, 2, 3, 0)
    typical = variance.mean()
    variance.clamp_(1e-3 * typical + 1e-8, 1e3 * typical + 1e-6).neg_()
    for slab in slabs:
        distance[slab].div_(variance[slab].unsqueeze(-1)).exp_()
    return distance.permute(3, 0, 1, 2)


def _distances(padded: Tensor, dilation: int, radius: int) -> Tensor:
    """Mean squared differences (12, z, y, x) of the patches around the pairs, of an image padded by both."""
    shape = [n - 2 * (dilation + radius) for n in padded.shape]
    distances = padded.new_empty(len(PAIRS), *shape)
    for edge, channels in _channels_by_edge().items():
        patches = _patch_distance(padded, edge, dilation, radius)
        for channel, place in channels:
            distances[channel] = patches[_window(place, edge, dilation, shape)]
    return distances


def _channels_by_edge() -> dict[Offset, list[tuple[int, Offset]]]:
    """The six edges between neighbours, and for each its two channels with the neighbour where the edge begins.

    Opposite edges of the octahedron are parallel: their patches are compared once.
    """
    edges: dict[Offset, list[tuple[int, Offset]]] = {}
    for channel, (a, b) in enumerate(PAIRS):
        forth, back = ((q[0] - p[0], q[1] - p[1], q[2] - p[2]) for p, q in ((a, b), (b, a)))
        edge, start = (back, b) if back in edges else (forth, a)
        edges.setdefault(edge, []).append((channel, start))
    return edges


def _patch_distance(padded: Tensor, edge: Offset, dilation: int, radius: int) -> Tensor:
    """Mean squared difference of the patches around every voxel and the one `edge` away, as far as both are padded."""
    steps = [dilation * e for e in edge]
    here = tuple(slice(max(0, -s), n - max(0, s)) for s, n in zip(steps, padded.shape, strict=True))
    there = tuple(slice(max(0, s), n - max(0, -s)) for s, n in zip(steps, padded.shape, strict=True))
    total, side = (padded[here] - padded[there]).square_(), 2 * radius + 1
    for axis in range(3):
        count = total.shape[axis] - side + 1
        moved = [total.narrow(axis, i, count) for i in range(side)]
        total = sum(moved[1:], moved[0])
    return total / side**3


def _window(place: Offset, edge: Offset, dilation: int, shape: Sequence[int]) -> tuple[slice, ...]:
    """Where the patches that begin at neighbour `place` of every voxel of the image lie among all."""
    starts = [dilation * (1 + p) - max(0, -dilation * e) for p, e in zip(place, edge, strict=True)]
    return tuple(slice(start, start + n) for start, n in zip(starts, shape, strict=True))
