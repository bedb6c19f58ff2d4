"""A working volume becomes the encoder's trained feature maps, each placed on its own lattice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from registration.features.encoder import CONFIGS, STRIDES, Encoder
from registration.geometry import Grid
from registration.sampling import ChannelMap
from registration.weights import fit_weights, load_weights


@lru_cache(maxsize=2)
def trained_encoder(size: str = "small") -> tuple[Encoder, str]:
    """The shipped encoder of this size, which learns no more, and the SHA-256 of its weights."""
    name = f"encoder-{size}"
    weights, sha256 = load_weights(name)
    encoder = Encoder(CONFIGS[size])
    fit_weights(encoder, weights, name)
    return encoder.eval().requires_grad_(False), sha256


def learned_features(image: Tensor, grid: Grid, encoder: Encoder) -> list[ChannelMap]:
    """Five maps, from fine to coarse, of an image (z, y, x) in [0, 1] on `grid`."""
    with torch.inference_mode():
        return on_lattices(encoder(image[None, None]), grid)


def on_lattices(maps: Sequence[Tensor], grid: Grid) -> list[ChannelMap]:
    """The encoder's maps (1, C, d, h, w) of an image on `grid`, each on every `stride`-th voxel of it."""
    return [ChannelMap(m[0].movedim(0, -1), strided(grid, s)) for m, s in zip(maps, STRIDES, strict=True)]


def strided(grid: Grid, stride: int) -> Grid:
    """Every `stride`-th voxel of a grid along each axis, from the first."""
    x, y, z = ((n + stride - 1) // stride for n in grid.size)
    sx, sy, sz = (stride * s for s in grid.spacing_mm)
    return Grid((x, y, z), (sx, sy, sz), grid.origin_mm, grid.direction)
