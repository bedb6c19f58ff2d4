"""Two scans and a field become normal equations: at each lattice node, which way better likeness lies and how surely.

A residual r(x) = M(x + u(x)) - F(x) is linearised in u, r + grad M . (v - u), so that its square is a quadratic in v
with Hessian `sum grad M grad M^T` and gradient `sum r grad M` over the channels and the voxels around a node (B. Lucas
and T. Kanade, 1981, in three dimensions). Two residuals serve: intensities normalised by the mean and deviation around
each voxel, whose squared difference falls as local normalised cross-correlation rises, and MIND-SSC descriptors.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.geometry import Grid
from registration.sampling import ChannelMap, gaussian_blur

NODE_BATCH = 65_536
"""Nodes whose descriptors are compared at once; about 300 bytes per node and channel."""


@dataclass(frozen=True)
class Equations:
    """`hessian` (6, z, y, x), order xx yy zz xy xz yz, 1 / mm^2, and `gradient` (3, z, y, x), 1 / mm, at each node."""

    hessian: Tensor
    gradient: Tensor

    def levelled(self, blur: float) -> Equations:
        """Blurred over `blur` nodes and scaled to a mean trace of 3, so that a weight means the same for every scan."""
        both = gaussian_blur(torch.cat([self.hessian, self.gradient]), blur)
        trace = both[:3].sum(0)
        seen = int((trace > 0).sum())
        scale = 3.0 * seen / max(float(trace.double().sum()), 1e-12)
        return Equations(scale * both[:6], scale * both[6:])

    def blended(self, other: Equations, share: float) -> Equations:
        """`share` of the other's, the rest of these."""
        return Equations(
            torch.lerp(self.hessian, other.hessian, share), torch.lerp(self.gradient, other.gradient, share)
        )


@dataclass(frozen=True)
class ContrastMap:
    """A moving scan ready to be compared: `values` (5, z, y, x), its contrast, slope along x, y, z, and where it is."""

    values: Tensor
    grid: Grid


def local_contrast(image: Tensor, radius: int = 2, floor: float = 0.01) -> Tensor:
    """(image - mean) / deviation over a cube of 2 radius + 1 voxels of an image (z, y, x) in [0, 1].

    floor: deviation below which contrast fades instead of being amplified.
    """
    moments = torch.stack([image, image * image])
    for window in ((2 * radius + 1, 1, 1), (1, 2 * radius + 1, 1), (1, 1, 2 * radius + 1)):
        padding = [(n - 1) // 2 for n in window]
        moments = F.avg_pool3d(moments[None], window, 1, padding, count_include_pad=False)[0]
    mean, square = moments
    contrast: Tensor = (image - mean) / ((square - mean * mean).clamp_min(0) + floor**2).sqrt()
    return contrast


def with_slope(contrast: Tensor, inside: Tensor, grid: Grid) -> ContrastMap:
    """The moving scan's contrast (z, y, x), its derivatives along x, y and z per mm, and where the scan is."""
    padded = F.pad(contrast[None, None], (1,) * 6, mode="replicate")[0, 0]
    inner, near, far = slice(1, -1), slice(None, -2), slice(2, None)
    slopes = [
        padded[inner, inner, far] - padded[inner, inner, near],
        padded[inner, far, inner] - padded[inner, near, inner],
        padded[far, inner, inner] - padded[near, inner, inner],
    ]
    halves = [0.5 * s / step for s, step in zip(slopes, grid.spacing_mm, strict=True)]
    return ContrastMap(torch.stack([contrast, *halves, inside.float()]), grid)


def contrast_equations(fixed: Tensor, moving: ContrastMap, mask: Tensor, places: Tensor) -> Equations:
    """Equations at every fixed voxel, zero outside the mask and where the moving scan ends.

    fixed: contrast (z, y, x); mask: (z, y, x) float; places: (3, z, y, x) mm, where each voxel is in the moving frame.
    """
    value, *slope, inside = _sampled(moving, places)
    return _equations(value - fixed, slope, mask * (inside > 0.999))


def _sampled(scan: ContrastMap, places: Tensor) -> Tensor:
    """Channels (C, z, y, x) of the scan at places (3, z, y, x) mm on axes of its own, trilinear, border held."""
    size = torch.tensor(scan.grid.size).reshape(3, 1, 1, 1)
    step, origin = (torch.tensor(v).float().reshape(3, 1, 1, 1) for v in (scan.grid.spacing_mm, scan.grid.origin_mm))
    unit = (places - origin) / step * (2.0 / (size - 1).clamp_min(1)) - 1.0
    where = unit.permute(1, 2, 3, 0)[None]
    return F.grid_sample(scan.values[None], where, mode="bilinear", padding_mode="border", align_corners=True)[0]


def _equations(residual: Tensor, slope: list[Tensor], weight: Tensor) -> Equations:
    x, y, z = slope
    wx, wy, wz = weight * x, weight * y, weight * z
    hessian = torch.stack([wx * x, wy * y, wz * z, wx * y, wx * z, wy * z])
    return Equations(hessian, torch.stack([wx * residual, wy * residual, wz * residual]))


def descriptor_equations(fixed: Tensor, moving: ChannelMap, places: Tensor) -> Equations:
    """Equations at n points, (6, n) and (3, n). fixed: their descriptors (n, C); places (n, 3) mm: where they are."""
    if len(places) == 0:
        return Equations(torch.zeros(6, 0), torch.zeros(3, 0))
    parts = []
    for here, there in zip(torch.split(fixed, NODE_BATCH), torch.split(places, NODE_BATCH), strict=True):
        value, slope = value_and_slope(moving, there)
        every = _equations(value - here, list(slope), torch.ones(()))
        parts.append(torch.cat([every.hessian, every.gradient]).sum(-1))
    both = torch.cat(parts, 1)
    return Equations(both[:6], both[6:])


def value_and_slope(scan: ChannelMap, points: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """Values (n, C) of a map along the patient axes at points (n, 3) mm, and their derivatives along x, y, z per mm.

    Exactly those of the trilinear interpolant; the border value, with its slope inwards, holds outside.
    """
    depth, height, width, channels = scan.values.shape
    last = torch.tensor([width - 1, height - 1, depth - 1])
    index = torch.minimum(scan.index_of(points).clamp_min(0), last)
    low = torch.minimum(index.floor(), (last - 1).clamp_min(0))
    fx, fy, fz = ((index - low)[:, i, None] for i in range(3))
    x, y, z = low.long().unbind(1)
    first, rows = (z * height + y) * width + x, scan.values.reshape(-1, channels)
    edges = []  # the four edges along x: value and slope
    for dz in (0, width * height * int(depth > 1)):
        for dy in (0, width * int(height > 1)):
            near, far = (rows.index_select(0, first + (dz + dy + dx)) for dx in (0, int(width > 1)))
            rise = far - near
            edges.append((near + fx * rise, rise))
    bottom, top = (_along_y(edges[i], edges[i + 1], fy) for i in (0, 2))
    sx, sy, sz = scan.grid.spacing_mm
    value, slope_x, slope_y = (b + fz * (t - b) for b, t in zip(bottom, top, strict=True))
    return value, (slope_x / sx, slope_y / sy, (top[0] - bottom[0]) / sz)


def _along_y(near: tuple[Tensor, Tensor], far: tuple[Tensor, Tensor], fy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Value, slope along x and slope along y of a face from two of its edges."""
    rise = far[0] - near[0]
    return near[0] + fy * rise, near[1] + fy * (far[1] - near[1]), rise
