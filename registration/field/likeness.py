"""Two scans and a field become normal equations: at each lattice node, which way better likeness lies and how surely.

A residual r(x) = M(x + u(x)) - F(x) is linearised in u, r + grad M . (v - u), so that its square is a quadratic in v
with Hessian `sum grad M grad M^T` and gradient `sum r grad M` over the channels and the voxels around a node (B. Lucas
and T. Kanade, 1981, in three dimensions). Two residuals serve: intensities normalised by the mean and deviation around
each voxel, whose squared difference falls as local normalised cross-correlation rises, and MIND-SSC descriptors.
TorchScript as well: a model server runs these very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.sampling import PlacedMap, blurred_along, index_of

NODE_BATCH = 65_536
"""Nodes whose descriptors are compared at once; about 300 bytes per node and channel."""


class Equations(NamedTuple):
    """`hessian` (6, z, y, x), order xx yy zz xy xz yz, 1 / mm^2, and `gradient` (3, z, y, x), 1 / mm, at each node."""

    hessian: Tensor
    gradient: Tensor


class ContrastMap(NamedTuple):
    """A moving scan ready to be compared: `values` (5, z, y, x), its contrast, slope along x, y, z, and where it is.

    origin, spacing: (3,) mm of its lattice, whose axes are the patient's.
    """

    values: Tensor
    origin: Tensor
    spacing: Tensor


def levelled(equations: Equations, blur: float) -> Equations:
    """Blurred over `blur` nodes and scaled to a mean trace of 3, so that a weight means the same for every scan."""
    both = torch.cat([equations.hessian, equations.gradient])
    for axis in (1, 2, 3):
        both = blurred_along(both, blur, axis)
    trace = both[:3].sum(0)
    seen = int((trace > 0).sum())
    scale = 3.0 * seen / max(float(trace.double().sum()), 1e-12)
    return Equations(scale * both[:6], scale * both[6:])


def blended(equations: Equations, other: Equations, share: float) -> Equations:
    """`share` of the other's, the rest of these."""
    return Equations(
        torch.lerp(equations.hessian, other.hessian, share), torch.lerp(equations.gradient, other.gradient, share)
    )


def local_contrast(image: Tensor, radius: int = 2, floor: float = 0.01) -> Tensor:
    """(image - mean) / deviation over a cube of 2 radius + 1 voxels of an image (z, y, x) in [0, 1].

    floor: deviation below which contrast fades instead of being amplified.
    """
    moments = torch.stack([image, image * image])
    for axis in range(3):
        window, padding = [1, 1, 1], [0, 0, 0]
        window[axis], padding[axis] = 2 * radius + 1, radius
        moments = F.avg_pool3d(moments[None], window, 1, padding, count_include_pad=False)[0]
    mean, square = moments.unbind(0)
    contrast: Tensor = (image - mean) / ((square - mean * mean).clamp_min(0) + floor**2).sqrt()
    return contrast


def with_slope(contrast: Tensor, inside: Tensor, origin: Tensor, spacing: Tensor) -> ContrastMap:
    """The moving scan's contrast (z, y, x), its derivatives along x, y and z per mm, and where the scan is."""
    padded = F.pad(contrast[None, None], [1, 1, 1, 1, 1, 1], mode="replicate")[0, 0]
    slopes = [
        padded[1:-1, 1:-1, 2:] - padded[1:-1, 1:-1, :-2],
        padded[1:-1, 2:, 1:-1] - padded[1:-1, :-2, 1:-1],
        padded[2:, 1:-1, 1:-1] - padded[:-2, 1:-1, 1:-1],
    ]
    halves = [0.5 * slope / float(spacing[axis]) for axis, slope in enumerate(slopes)]
    values = torch.stack([contrast, halves[0], halves[1], halves[2], inside.float()])
    return ContrastMap(values, origin, spacing)


def contrast_equations(fixed: Tensor, moving: ContrastMap, mask: Tensor, places: Tensor) -> Equations:
    """Equations at every fixed voxel, zero outside the mask and where the moving scan ends.

    fixed: contrast (z, y, x); mask: (z, y, x) float; places: (3, z, y, x) mm, where each voxel is in the moving frame.
    """
    value, x, y, z, inside = _sampled(moving, places).unbind(0)
    return _equations(value - fixed, [x, y, z], mask * (inside > 0.999))


def _sampled(scan: ContrastMap, places: Tensor) -> Tensor:
    """Channels (C, z, y, x) of the scan at places (3, z, y, x) mm on axes of its own, trilinear, border held."""
    depth, height, width = scan.values.shape[1:]
    size = torch.tensor([width, height, depth], device=places.device).reshape(3, 1, 1, 1)
    step, origin = scan.spacing.to(places).reshape(3, 1, 1, 1), scan.origin.to(places).reshape(3, 1, 1, 1)
    unit = (places - origin) / step * (2.0 / (size - 1).clamp_min(1)) - 1.0
    where = unit.permute(1, 2, 3, 0)[None]
    return F.grid_sample(scan.values[None], where, mode="bilinear", padding_mode="border", align_corners=True)[0]


def _equations(residual: Tensor, slope: list[Tensor], weight: Tensor) -> Equations:
    x, y, z = slope
    wx, wy, wz = weight * x, weight * y, weight * z
    hessian = torch.stack([wx * x, wy * y, wz * z, wx * y, wx * z, wy * z])
    return Equations(hessian, torch.stack([wx * residual, wy * residual, wz * residual]))


def descriptor_equations(fixed: Tensor, moving: PlacedMap, places: Tensor, batch: int = NODE_BATCH) -> Equations:
    """Equations at n points, (6, n) and (3, n). fixed: their descriptors (n, C); places (n, 3) mm: where they are."""
    if len(places) == 0:
        return Equations(places.new_zeros([6, 0]), places.new_zeros([3, 0]))
    parts: list[Tensor] = []
    for i in range(0, len(places), batch):
        value, slope = value_and_slope(moving, places[i : i + batch])
        every = _equations(value - fixed[i : i + batch], slope, torch.ones([], device=value.device))
        parts.append(torch.cat([every.hessian, every.gradient]).sum(-1))
    both = torch.cat(parts, 1)
    return Equations(both[:6], both[6:])


def value_and_slope(scan: PlacedMap, points: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Values (n, C) of a map along the patient axes at points (n, 3) mm, and their derivatives along x, y, z per mm.

    Exactly those of the trilinear interpolant; the border value, with its slope inwards, holds outside.
    """
    depth, height, width, channels = scan.values.shape
    last = torch.tensor([width - 1, height - 1, depth - 1], device=points.device)
    index = torch.minimum(index_of(scan, points).clamp_min(0), last)
    low = torch.minimum(index.floor(), (last - 1).clamp_min(0))
    fx, fy, fz = (index - low)[:, :, None].unbind(1)
    x, y, z = low.long().unbind(1)
    first, rows = (z * height + y) * width + x, scan.values.reshape(-1, channels)
    edges: list[tuple[Tensor, Tensor]] = []  # the four edges along x: value and slope
    for dz in (0, width * height * int(depth > 1)):
        for dy in (0, width * int(height > 1)):
            near = rows.index_select(0, first + (dz + dy))
            rise = rows.index_select(0, first + (dz + dy + int(width > 1))) - near
            edges.append((near + fx * rise, rise))
    bottom, top = _along_y(edges[0], edges[1], fy), _along_y(edges[2], edges[3], fy)
    between = [b + fz * (t - b) for b, t in zip(bottom, top)]  # noqa: B905 TorchScript
    slope = [between[1], between[2], top[0] - bottom[0]]
    return between[0], [s / float(scan.spacing[axis]) for axis, s in enumerate(slope)]


def _along_y(near: tuple[Tensor, Tensor], far: tuple[Tensor, Tensor], fy: Tensor) -> list[Tensor]:
    """Value, slope along x and slope along y of a face from two of its edges."""
    rise = far[0] - near[0]
    return [near[0] + fy * rise, near[1] + fy * (far[1] - near[1]), rise]
