"""Dense finish: the kernel's field is moved until both scans look alike around every node, and kept smooth.

A few Gauss-Newton rounds on the 4 mm lattice, first on images of 4 mm, then of 2 mm: each round linearises the likeness
of the scans at the field so far (`likeness`) and solves for the field with a price on its gradients (`diffusion`).
TorchScript as well: a model server runs these very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.field.diffusion import solved
from registration.field.likeness import (
    ContrastMap,
    Equations,
    blended,
    contrast_equations,
    descriptor_equations,
    levelled,
    local_contrast,
    with_slope,
)
from registration.sampling import PlacedMap, look_up

SLAB_VOXELS = 400_000
"""Voxels whose equations are made at once."""


class FinishSettings(NamedTuple):
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


class Likeness(NamedTuple):
    """One scan as it is compared: `image` (z, y, x) in [0, 1], `inside` (z, y, x) bool where the scan is.

    descriptors: (z, y, x, C) on the same lattice, which tells where the image lies too.
    """

    image: Tensor
    inside: Tensor
    descriptors: PlacedMap


def finished(start: Tensor, fixed: Likeness, moving: Likeness, mask: Tensor, settings: FinishSettings) -> Tensor:
    """The field (z, y, x, 3) mm that fits the scans better, on the start's lattice.

    start: (z, y, x, 3) mm on a lattice of twice the fixed grid's step and with its first voxel; mask: (z, y, x) bool on
    the fixed grid, where the scans are compared. Both scans lie on lattices along the patient axes.
    """
    field = start.movedim(-1, 0).contiguous()
    described = _described(fixed, mask, field) if settings.descriptors > 0 else None
    for coarse in (True, False):
        level = _coarse(fixed, moving, mask, field) if coarse else _fine(fixed, moving, mask)
        for _ in range(settings.coarse_rounds if coarse else settings.fine_rounds):
            equations = levelled(_contrast(level, field), settings.blur)
            if described is not None:
                seen = levelled(_likeness(described, field, moving.descriptors), settings.blur)
                equations = blended(equations, seen, settings.descriptors)
            field = solved(
                field,
                equations,
                smoothness=settings.smoothness,
                edge=settings.edge,
                step_mm=2 * float(fixed.descriptors.spacing[0]),
                sweeps=settings.sweeps,
            )
    return field.movedim(0, -1).contiguous()


class _Level(NamedTuple):
    """The scans at one step: contrast of both, the mask, and the places (3, z, y, x) mm of the fixed voxels."""

    fixed: Tensor
    moving: ContrastMap
    mask: Tensor
    points: Tensor
    coarse: bool


def _contrast(level: _Level, field: Tensor, voxels_at_once: int = SLAB_VOXELS) -> Equations:
    """The contrast's equations on the lattice's nodes; of the voxels between them slab by slab, which fit a cache."""
    if level.coarse:
        return contrast_equations(level.fixed, level.moving, level.mask, level.points + field)
    nodes, height, width = field.shape[1], level.mask.shape[1], level.mask.shape[2]
    slab = max(1, voxels_at_once // (2 * height * width))
    parts: list[Tensor] = []
    for first in range(0, nodes, slab):
        parts.append(_gathered_slab(level, field, first, min(first + slab, nodes)))
    both = torch.cat(parts, 1)
    return Equations(both[:6], both[6:])


def _gathered_slab(level: _Level, field: Tensor, first: int, last: int) -> Tensor:
    """Hessian and gradient (9, last - first, y, x) at the nodes of these rows along z: means over 3^3 voxels."""
    depth = level.mask.shape[0]
    low, high = max(2 * first - 1, 0), min(2 * last, depth)
    start = max(first - 1, 0)
    around = _between_nodes(field[:, start : last + 1], level.mask)[:, low - 2 * start : high - 2 * start]
    some = contrast_equations(
        level.fixed[low:high], level.moving, level.mask[low:high], level.points[:, low:high] + around
    )
    before, behind = low - (2 * first - 1), 2 * last - max(high, low)
    return _gathered(torch.cat([some.hessian, some.gradient]), field, before, behind)


def _fine(fixed: Likeness, moving: Likeness, mask: Tensor) -> _Level:
    """Every voxel of the working grid."""
    lattice = moving.descriptors
    scan = with_slope(local_contrast(moving.image), moving.inside, lattice.origin, lattice.spacing)
    points = _places(fixed.descriptors, 1, mask)
    return _Level(local_contrast(fixed.image), scan, mask.float(), points, False)


def _coarse(fixed: Likeness, moving: Likeness, mask: Tensor, field: Tensor) -> _Level:
    """Every node, with images of the nodes' step."""
    lattice = moving.descriptors
    image, inside = _halved(moving.image), moving.inside[::2, ::2, ::2]
    scan = with_slope(local_contrast(image), inside, lattice.origin, 2 * lattice.spacing)
    contrast = _on_nodes(local_contrast(_halved(fixed.image)), field)
    points = _places(fixed.descriptors, 2, field)
    return _Level(contrast, scan, _on_nodes(mask[::2, ::2, ::2], field).float(), points, True)


class _Described(NamedTuple):
    """The fixed scan's descriptors (n, C) at those nodes (n, 3) mm that lie in the mask, `where` (z, y, x) bool."""

    where: Tensor
    nodes: Tensor
    descriptors: Tensor


def _likeness(described: _Described, field: Tensor, moving: PlacedMap) -> Equations:
    """The descriptors' equations on the lattice, zero at the other nodes."""
    where = described.where
    some = descriptor_equations(described.descriptors, moving, described.nodes + field.movedim(0, -1)[where])
    depth, height, width = where.shape
    hessian = field.new_zeros([6, depth, height, width])
    gradient = torch.zeros_like(field)
    hessian[:, where] = some.hessian
    gradient[:, where] = some.gradient
    return Equations(hessian, gradient)


def _described(fixed: Likeness, mask: Tensor, field: Tensor) -> _Described:
    where = _on_nodes(mask[::2, ::2, ::2], field)
    nodes = _places(fixed.descriptors, 2, field).movedim(0, -1)[where]
    return _Described(where, nodes, look_up(fixed.descriptors, nodes))


def _places(placed: PlacedMap, stride: int, like: Tensor) -> Tensor:
    """Points (3, z, y, x) mm of every `stride`-th voxel of a map along the patient axes, as many as `like` has."""
    axes: list[Tensor] = []
    for axis in range(3):
        steps = torch.arange(like.shape[-1 - axis], dtype=torch.float64, device=placed.origin.device)
        axes.append((placed.origin[axis] + steps * (stride * placed.spacing[axis])).float())
    z, y, x = torch.meshgrid([axes[2], axes[1], axes[0]], indexing="ij")
    return torch.stack([x, y, z])


def _halved(image: Tensor) -> Tensor:
    """Means of 3^3 voxels around every second one."""
    return F.avg_pool3d(image[None], 3, stride=2, padding=1, count_include_pad=False)[0]


def _gathered(values: Tensor, field: Tensor, before: int, behind: int) -> Tensor:
    """Means (C, n, y, x) of values (C, z, y, x) over the 3^3 voxels around n rows of nodes of the field (3, nodes).

    before, behind: rows of zeros along z that complete the 2 n + 1 rows of voxels around n rows of nodes.
    """
    short = [2 * field.shape[i] - 1 - values.shape[i] for i in (3, 2)]
    padded = F.pad(values, [0, short[0], 0, short[1], before, behind])
    return F.avg_pool3d(padded[None], 3, stride=2, padding=[0, 1, 1])[0]


def _between_nodes(field: Tensor, like: Tensor) -> Tensor:
    """Some rows of a field (3, nodes) at every voxel between them, as wide and high as `like` (z, y, x); linear."""
    size = [2 * n - 1 for n in field.shape[1:]]
    dense = F.interpolate(field[None], size=size, mode="trilinear", align_corners=True)[0]
    return dense[:, :, : like.shape[1], : like.shape[2]]


def _on_nodes(values: Tensor, field: Tensor) -> Tensor:
    """Values (z, y, x), grown by zeros to the shape of the field (3, nodes)."""
    short = [field.shape[i + 1] - values.shape[i] for i in (2, 1, 0)]
    return F.pad(values, [0, short[0], 0, short[1], 0, short[2]])
