"""Textured cubes that moved by a known field: what a registration is asked about without any scan."""

import torch

from registration.pyramid.lattice import LatticeMap
from registration.sampling import gaussian_blur

SPACING_MM = 2.0


def texture(side: int, seed: int = 0) -> LatticeMap:
    """Structure of two sizes in [0, 1], (1, 1, side, side, side) voxels of 2 mm."""
    random = torch.Generator().manual_seed(seed)
    parts = [gaussian_blur(torch.rand(1, side, side, side, generator=random), sigma) for sigma in (1.0, 4.0)]
    values = sum(0.5 * (part - part.min()) / (part.max() - part.min()) for part in parts)
    return LatticeMap(values[None], torch.full((3,), SPACING_MM))


def smooth_motion(side: int, typical_mm: float, seed: int = 1) -> LatticeMap:
    """A random displacement field, smooth over 32 mm, whose components have this deviation, mm."""
    noise = torch.randn(3, side, side, side, generator=torch.Generator().manual_seed(seed))
    field = gaussian_blur(noise, 8.0)
    return LatticeMap(typical_mm * (field / field.std())[None], torch.full((3,), SPACING_MM))


def seen_through(moving: LatticeMap, field: LatticeMap) -> torch.Tensor:
    """The fixed image (1, 1, z, y, x) that shows at x what the moving one shows at x + d(x)."""
    points = moving.points()
    return moving.with_vectors(moving.at(points + field.at(points))).values


def inner_points(side: int, count: int, margin: int = 4, seed: int = 2) -> torch.Tensor:
    """Voxel centres (N, 3) mm, at random, `margin` voxels or more from the border."""
    index = torch.randint(margin, side - margin, (count, 3), generator=torch.Generator().manual_seed(seed))
    return SPACING_MM * index.float()
