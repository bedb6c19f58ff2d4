"""Both scans on one isotropic lattice of the fixed patient frame: where features, keypoints and matches live.

The lattice is aligned with the patient axes, not with the storage of either scan, and snapped to multiples of its step:
the same body stored on a rotated, flipped or anisotropic grid gives the same lattice points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from registration.errors import MethodError
from registration.geometry import Grid
from registration.presets import Preset
from registration.resampling import inside, placement, values_at
from registration.sampling import ChannelMap, gaussian_blur
from registration.volume import Volume

SNAP_MM = 4.0
BODY_STEP_MM, BODY_MARGIN_MM = 8.0, 24.0
BODY_LEVEL = 0.05
"""Windowed intensity that is no air any more, averaged over 8 mm."""


@dataclass(frozen=True)
class WorkingScan:
    """One scan of a pair: windowed `image` (z, y, x) in [0, 1]; `inside` (z, y, x) bool: the voxel lies in the scan."""

    image: Tensor
    inside: Tensor
    grid: Grid


@dataclass(frozen=True)
class WorkingPair:
    """Windowed intensities in [0, 1] of both scans, `moving` already pulled through the pre-alignment.

    fixed, moving: (z, y, x) on `fixed_grid`, `moving_grid` (same step and axes, other extents).
    fixed_inside, moving_inside: (z, y, x) bool, the voxel lies in its scan.
    """

    fixed: Tensor
    fixed_inside: Tensor
    fixed_grid: Grid
    moving: Tensor
    moving_inside: Tensor
    moving_grid: Grid

    @property
    def scans(self) -> tuple[WorkingScan, WorkingScan]:
        """Fixed and moving, one like the other."""
        return (
            WorkingScan(self.fixed, self.fixed_inside, self.fixed_grid),
            WorkingScan(self.moving, self.moving_inside, self.moving_grid),
        )


def working_pair(
    fixed: Volume, moving: Volume, *, to_moving: NDArray[np.float64], preset: Preset, step_mm: float, reach_mm: float
) -> WorkingPair:
    """Both scans resampled to `step_mm`: the fixed patient, and of the moving scan what lies within `reach_mm` of it.

    to_moving: (4, 4) homogeneous LPS matrix of the pre-alignment. Raises MethodError `scans-do-not-overlap`.
    """
    fixed_corners = body_corners(fixed, preset)
    from_moving = np.asarray(np.linalg.inv(to_moving), np.float64)
    moving_corners = transform_points(from_moving, moving.grid.corners())
    low = np.maximum(moving_corners.min(0), fixed_corners.min(0) - reach_mm)
    high = np.minimum(moving_corners.max(0), fixed_corners.max(0) + reach_mm)
    if np.any(high - low < 8 * step_mm):
        raise MethodError(
            "scans-do-not-overlap", f"After pre-alignment the scans share only {np.round(high - low, 1)} mm (x, y, z)."
        )
    fixed_grid = lattice_around(fixed_corners.min(0), fixed_corners.max(0), step_mm)
    moving_grid = lattice_around(low, high, step_mm)
    return WorkingPair(
        *resample(fixed, fixed_grid, np.eye(4), preset),
        fixed_grid,
        *resample(moving, moving_grid, to_moving, preset),
        moving_grid,
    )


def body_corners(volume: Volume, preset: Preset) -> NDArray[np.float64]:
    """Two opposite corners (2, 3) mm of the box along the patient axes that holds the patient, not the air around.

    Where nothing is brighter than air the whole scan is taken. A chest in a 500 mm field of view halves the work.
    """
    whole = np.stack([volume.grid.corners().min(0), volume.grid.corners().max(0)])
    grid = lattice_around(whole[0], whole[1], BODY_STEP_MM)
    bright = resample(volume, grid, np.eye(4), preset)[0].numpy() > BODY_LEVEL
    filled = np.argwhere(ndimage.binary_opening(bright))
    if not len(filled):
        return whole
    ends = grid.index_to_mm(np.stack([filled.min(0), filled.max(0)])[:, ::-1])
    margin = np.array([[-BODY_MARGIN_MM], [BODY_MARGIN_MM]])
    return np.asarray(np.clip(ends + margin, whole[0], whole[1]), np.float64)


def lattice_around(low: NDArray[np.float64], high: NDArray[np.float64], step_mm: float) -> Grid:
    """The lattice of `step_mm` along the patient axes that covers [low, high] mm, its origin a multiple of 4 mm."""
    snap = max(SNAP_MM, step_mm)
    start = np.floor(np.round(low / snap, 6)) * snap
    count = np.ceil(np.round((high - start) / step_mm, 6)).astype(int) + 1
    x, y, z = (int(n) for n in count)
    return Grid((x, y, z), (step_mm, step_mm, step_mm), (float(start[0]), float(start[1]), float(start[2])))


def resample(volume: Volume, grid: Grid, to_volume: NDArray[np.float64], preset: Preset) -> tuple[Tensor, Tensor]:
    """Windowed intensities in [0, 1] and the inside mask, both (z, y, x), of a volume on a lattice; 0 outside."""
    return resample_window(volume, grid, to_volume, preset.window(volume))


def resample_window(
    volume: Volume, grid: Grid, to_volume: NDArray[np.float64], window: tuple[float, float]
) -> tuple[Tensor, Tensor]:
    """As `resample`, with the two intensities that become 0 and 1.

    A lattice of unequal steps asks for a `canonical` volume, whose axes run nearly along the lattice's.
    """
    low, high = window
    values = torch.from_numpy(np.require(volume.values, np.float32, ["C", "W"]))  # a read-only map is copied
    image = _prefiltered(((values - low) / (high - low)).clamp(0, 1), volume.grid, grid.spacing_mm)
    held = inside(placement(grid, volume.grid, to_volume))
    return values_at(image, placement(grid, image.grid, to_volume))[..., 0] * held, held


def mask_on_lattice(mask: Volume, grid: Grid, to_mask: NDArray[np.float64]) -> Tensor:
    """A mask at the nearest voxel of each lattice point, (z, y, x) bool, False outside it."""
    index = np.rint(mask.grid.mm_to_index(transform_points(to_mask, grid.voxel_points().reshape(-1, 3)))).astype(int)
    inside = np.all((index >= 0) & (index < mask.grid.size), axis=1)
    x, y, z = np.clip(index, 0, np.asarray(mask.grid.size) - 1).T
    return torch.from_numpy((mask.values[z, y, x] > 0) & inside).reshape(grid.shape)


def transform_points(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (..., 3) mm through a homogeneous (4, 4) matrix."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def _prefiltered(image: Tensor, grid: Grid, steps_mm: tuple[float, float, float]) -> ChannelMap:
    """The image averaged over whole blocks where its voxels are much finer than the lattice, then lightly blurred."""
    factors = [max(1, int(0.8 * step / s)) for step, s in zip(steps_mm, grid.spacing_mm, strict=True)]
    factors = [min(f, n) for f, n in zip(factors, grid.size, strict=True)]
    if max(factors) > 1:
        image = F.avg_pool3d(image[None], (factors[2], factors[1], factors[0]))[0]
        grid = _pooled_grid(grid, factors)
    ratios = [step / s for step, s in zip(steps_mm, grid.spacing_mm, strict=True)]
    sigma_x, sigma_y, sigma_z = (0.5 * max(0.0, r * r - 1.0) ** 0.5 for r in ratios)
    return ChannelMap(gaussian_blur(image[None], (sigma_z, sigma_y, sigma_x))[0].unsqueeze(-1), grid)


def _pooled_grid(grid: Grid, factors: list[int]) -> Grid:
    """The grid of block means: centres move by half a block."""
    centre = grid.index_to_mm([(f - 1) / 2 for f in factors])
    x, y, z = (n // f for n, f in zip(grid.size, factors, strict=True))
    sx, sy, sz = (s * f for s, f in zip(grid.spacing_mm, factors, strict=True))
    return Grid((x, y, z), (sx, sy, sz), (float(centre[0]), float(centre[1]), float(centre[2])), grid.direction)
