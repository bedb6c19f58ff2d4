"""Dense finish: the kernel's field is moved until both scans look alike around every node, and kept smooth.

A few Gauss-Newton rounds on the 4 mm lattice, first on images of 4 mm, then of 2 mm: each round linearises the likeness
of the scans at the field so far (`likeness`) and solves for the field with a price on its gradients (`diffusion`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.features.matching import coarser
from registration.field.diffusion import solved
from registration.field.likeness import (
    ContrastMap,
    Equations,
    contrast_equations,
    descriptor_equations,
    local_contrast,
    with_slope,
)
from registration.geometry import Grid
from registration.sampling import ChannelMap


@dataclass(frozen=True)
class FinishSettings:
    """coarse_rounds, fine_rounds: at twice the working step and at the working step. smoothness: price on gradients.

    edge: gradient at which the price begins to let go. blur: nodes over which the scans' evidence is gathered.
    descriptors: share of MIND-SSC in the likeness, the rest is local normalised contrast. sweeps: of the solver.
    """

    coarse_rounds: int = 4
    fine_rounds: int = 6
    smoothness: float = 0.8
    edge: float = 0.3
    blur: float = 1.0
    descriptors: float = 0.6
    sweeps: int = 12


@dataclass(frozen=True)
class Likeness:
    """One scan: `image` (z, y, x) in [0, 1] on `grid`, `inside` (z, y, x) bool, `descriptors` on any lattice."""

    image: Tensor
    inside: Tensor
    grid: Grid
    descriptors: ChannelMap


def finished(
    start: ChannelMap, fixed: Likeness, moving: Likeness, mask: Tensor, settings: FinishSettings
) -> ChannelMap:
    """The field that fits the scans better, on the start's lattice.

    start: (z, y, x, 3) mm on a lattice of twice the fixed grid's step and with its first voxel; mask: (z, y, x) bool on
    the fixed grid, where the scans are compared.
    """
    field = start.values.movedim(-1, 0).contiguous()
    described = _described(fixed, mask, start.grid) if settings.descriptors > 0 else None
    for level in (_coarse(fixed, moving, mask, start.grid), _fine(fixed, moving, mask)):
        rounds = settings.coarse_rounds if level.coarse else settings.fine_rounds
        for _ in range(rounds):
            equations = level.equations(field, start.grid).levelled(settings.blur)
            if described is not None:
                seen = described.equations(field, moving.descriptors).levelled(settings.blur)
                equations = equations.blended(seen, settings.descriptors)
            field = solved(
                field,
                equations,
                smoothness=settings.smoothness,
                edge=settings.edge,
                step_mm=start.grid.spacing_mm[0],
                sweeps=settings.sweeps,
            )
    return ChannelMap(field.movedim(0, -1).contiguous(), start.grid)


@dataclass(frozen=True)
class _Level:
    """The scans at one step: contrast of both, the mask, and the places (3, z, y, x) mm of the fixed voxels."""

    fixed: Tensor
    moving: ContrastMap
    mask: Tensor
    points: Tensor
    coarse: bool

    def equations(self, field: Tensor, lattice: Grid) -> Equations:
        """The contrast's equations on the lattice's nodes."""
        if self.coarse:
            return contrast_equations(self.fixed, self.moving, self.mask, self.points + field)
        places = self.points + _between_nodes(field, self.mask.shape)
        voxels = contrast_equations(self.fixed, self.moving, self.mask, places)
        return Equations(*(_gathered(part, lattice) for part in (voxels.hessian, voxels.gradient)))


def _fine(fixed: Likeness, moving: Likeness, mask: Tensor) -> _Level:
    """Every voxel of the working grid."""
    scan = with_slope(local_contrast(moving.image), moving.inside, moving.grid)
    points = torch.from_numpy(fixed.grid.voxel_points()).float().movedim(-1, 0)
    return _Level(local_contrast(fixed.image), scan, mask.float(), points, coarse=False)


def _coarse(fixed: Likeness, moving: Likeness, mask: Tensor, lattice: Grid) -> _Level:
    """Every node, with images of the nodes' step."""
    scan = with_slope(local_contrast(_halved(moving.image)), moving.inside[::2, ::2, ::2], coarser(moving.grid))
    contrast = _on_nodes(local_contrast(_halved(fixed.image)), lattice)
    points = torch.from_numpy(lattice.voxel_points()).float().movedim(-1, 0)
    return _Level(contrast, scan, _on_nodes(mask[::2, ::2, ::2], lattice).float(), points, coarse=True)


@dataclass(frozen=True)
class _Described:
    """The fixed scan's descriptors (n, C) at those nodes (n, 3) mm that lie in the mask, `where` (z, y, x) bool."""

    where: Tensor
    nodes: Tensor
    descriptors: Tensor

    def equations(self, field: Tensor, moving: ChannelMap) -> Equations:
        """The descriptors' equations on the lattice, zero at the other nodes."""
        some = descriptor_equations(self.descriptors, moving, self.nodes + field.movedim(0, -1)[self.where])
        hessian, gradient = (torch.zeros(n, *self.where.shape) for n in (6, 3))
        hessian[:, self.where], gradient[:, self.where] = some.hessian, some.gradient
        return Equations(hessian, gradient)


def _described(fixed: Likeness, mask: Tensor, lattice: Grid) -> _Described:
    where = _on_nodes(mask[::2, ::2, ::2], lattice)
    nodes = torch.from_numpy(lattice.voxel_points()).float()[where]
    return _Described(where, nodes, fixed.descriptors.at(nodes) if len(nodes) else torch.zeros(0, 1))


def _halved(image: Tensor) -> Tensor:
    """Means of 3^3 voxels around every second one."""
    return F.avg_pool3d(image[None], 3, stride=2, padding=1, count_include_pad=False)[0]


def _gathered(values: Tensor, lattice: Grid) -> Tensor:
    """Means (C, nodes) of 3^3 voxels around each node of values (C, z, y, x) at every voxel."""
    short = [2 * n - 1 - have for n, have in zip(lattice.size, values.shape[:0:-1], strict=True)]
    padded = F.pad(values, (0, short[0], 0, short[1], 0, short[2]))
    return F.avg_pool3d(padded[None], 3, stride=2, padding=1)[0]


def _between_nodes(field: Tensor, shape: torch.Size) -> Tensor:
    """A field (3, nodes) at every voxel of a grid of this shape, halfway voxels by linear interpolation."""
    depth, height, width = (2 * n - 1 for n in field.shape[1:])
    dense = F.interpolate(field[None], size=(depth, height, width), mode="trilinear", align_corners=True)[0]
    return dense[:, : shape[0], : shape[1], : shape[2]]


def _on_nodes(values: Tensor, lattice: Grid) -> Tensor:
    """Values (z, y, x), grown by zeros to the lattice's shape."""
    short = [n - have for n, have in zip(lattice.size, values.shape[::-1], strict=True)]
    return F.pad(values, (0, short[0], 0, short[1], 0, short[2]))
