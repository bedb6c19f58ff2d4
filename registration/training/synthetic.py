"""One volume becomes a pair with a known field: other breathing, density, contrast, noise, spots of wrong content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.sampling import ChannelMap
from registration.training.anatomy import sliding_mask
from registration.training.appearance import (
    CT_NOISE,
    MR_NOISE,
    Image,
    another_contrast,
    another_density,
    another_exposure,
    another_scanner,
    in_slices,
)
from registration.training.motion import random_motion, volume_ratio
from registration.training.smooth import Floats
from registration.volume import Volume
from registration.working import lattice_around

STEP_MM = 2.0
CT_WINDOW_HU = (-1000.0, 400.0)
MR_WHITE = 1000.0  # MR-like pairs run from 0 to about this
LARGEST_SPOT_COUNT = 6
BODY_SIZE = (0.85, 1.15)
SLICE_MM, SLICES_SHARE = (3.0, 6.0), 0.6


@dataclass(frozen=True)
class SyntheticPair:
    """Two volumes on one 2 mm grid and the field `truth` between them; in `altered` (z, y, x) the content is wrong."""

    fixed: Volume
    moving: Volume
    truth: DisplacementField
    altered: NDArray[np.bool_]

    def within(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Whether each fixed point (N, 3) mm and its moving point lie within their volumes."""
        points = np.asarray(points, np.float64).reshape(-1, 3)
        return self.fixed.grid.contains(points) & self.moving.grid.contains(self.truth.map_points(points))

    def visible(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Whether each fixed point (N, 3) mm moreover shows its own tissue."""
        points = np.asarray(points, np.float64).reshape(-1, 3)
        index = np.round(self.fixed.grid.mm_to_index(points)).astype(int)
        x, y, z = np.clip(index, 0, np.asarray(self.fixed.grid.size) - 1).T
        return np.asarray(self.within(points) & ~self.altered[z, y, x])


def synthetic_pair(volume: Volume, seed: int, *, size: int = 104, like_mr: bool = False) -> SyntheticPair:
    """A pair of `size`^3 voxels of 2 mm from a CT, the same for the same seed.

    The moving volume is a piece of the CT, the fixed one is the same piece pulled through `truth`. Both in Hounsfield
    units, or, when `like_mr`, in a random soft-tissue contrast without units.
    """
    rng = np.random.default_rng(seed)
    volume = _another_body(volume, rng)
    grid = _random_piece(volume.grid, size, rng)
    displacements = random_motion(grid, sliding_mask(volume, rng), rng)
    source = _windowed(volume, rng, like_mr=like_mr)
    points = grid.voxel_points().astype(np.float32)
    spots, offsets = _wrong_content(grid, rng)
    fixed = _look(source, points + displacements + offsets)
    moving = _look(source, points)
    fixed = fixed if like_mr else another_density(fixed, volume_ratio(displacements, STEP_MM), rng)
    fixed, moving = _scanned((fixed, moving), rng, like_mr=like_mr)
    truth = DisplacementField(displacements, grid)
    return SyntheticPair(_volume(fixed, grid, like_mr), _volume(moving, grid, like_mr), truth, spots)


def _another_body(volume: Volume, rng: np.random.Generator) -> Volume:
    """The body on axes of its own, mirrored along a random choice of them, and up to 15 % smaller or larger."""
    flips = tuple(int(axis) for axis in range(3) if rng.uniform() < 0.5)
    x, y, z = (s * rng.uniform(*BODY_SIZE) for s in volume.grid.spacing_mm)
    grid = Grid(volume.grid.size, (x, y, z), volume.grid.origin_mm)
    return Volume(np.ascontiguousarray(np.flip(volume.values, flips)), grid)


def _scanned(images: tuple[Image, Image], rng: np.random.Generator, *, like_mr: bool) -> list[Image]:
    """Both images as a scanner gives them: mostly in slices of one thickness and direction, cut at different places."""
    if like_mr:
        bias = rng.uniform(0.02, 0.15)
        images = (another_exposure(images[0], rng, bias=bias), another_exposure(images[1], rng, bias=bias))
    axis, thickness = int(rng.integers(3)), rng.uniform(*SLICE_MM) / STEP_MM
    sliced = rng.uniform() < SLICES_SHARE
    cut = [in_slices(image, axis, thickness, rng.uniform()) if sliced else image for image in images]
    return [another_scanner(image, rng, noise=MR_NOISE if like_mr else CT_NOISE) for image in cut]


def _random_piece(grid: Grid, size: int, rng: np.random.Generator) -> Grid:
    """A cube of at most `size` voxels of 2 mm within the extent of `grid`."""
    corners = grid.corners()
    whole = lattice_around(corners.min(0), corners.max(0), STEP_MM)
    start = [int(rng.integers(0, max(n - size, 0) + 1)) for n in whole.size]
    x, y, z = (min(n, size) for n in whole.size)
    ox, oy, oz = whole.index_to_mm(start).tolist()
    return Grid((x, y, z), whole.spacing_mm, (ox, oy, oz))


def _windowed(volume: Volume, rng: np.random.Generator, *, like_mr: bool) -> ChannelMap:
    low, high = CT_WINDOW_HU
    values = np.clip((volume.values - low) / (high - low), 0, 1).astype(np.float32)
    values = another_contrast(values, rng) if like_mr else values
    return ChannelMap(torch.from_numpy(values)[..., None], volume.grid)


def _look(source: ChannelMap, points: Floats) -> Floats:
    return np.asarray(source.at(torch.from_numpy(points))[..., 0].numpy())


def _wrong_content(grid: Grid, rng: np.random.Generator) -> tuple[NDArray[np.bool_], Floats]:
    """Up to six balls of 6 to 18 mm radius, and offsets (z, y, x, 3) of 6 to 16 mm to the tissue they show instead."""
    points = grid.voxel_points().astype(np.float32)
    spots, offsets = np.zeros(grid.shape, bool), np.zeros((*grid.shape, 3), np.float32)
    for _ in range(int(rng.integers(0, LARGEST_SPOT_COUNT + 1))):
        centre = grid.index_to_mm(rng.uniform(0, grid.size))
        ball = ((points - centre.astype(np.float32)) ** 2).sum(-1) < rng.uniform(6, 18) ** 2
        direction = rng.normal(size=3)
        spots |= ball
        offsets[ball] = rng.uniform(6, 16) * direction / np.linalg.norm(direction)
    return spots, offsets


def _volume(image: Floats, grid: Grid, like_mr: bool) -> Volume:
    low, high = CT_WINDOW_HU
    return Volume(image * MR_WHITE if like_mr else image * (high - low) + low, grid)
