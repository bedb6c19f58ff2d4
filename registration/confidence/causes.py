"""What a registration shows about itself becomes causes of doubt: numbers at lattice nodes that grow with error."""

from __future__ import annotations

import torch
from torch import Tensor

from registration.field.likeness import local_contrast, value_and_slope
from registration.kernel.keys import Spread
from registration.sampling import ChannelMap, gaussian_blur
from registration.working import WorkingScan

CAUSES = (
    "disagreement",  # of the keys around
    "doubt",  # of the keys around, each about itself
    "distance",  # to the nearest key
    "moved",  # by the finish
    "ambiguity",  # how far the scans let the field move before they look less alike
    "unevenness",  # of the field: tissue slides, or the field is wrong
    "change of volume",
    "unseen",  # share of the surroundings where there was nothing to compare
)
"""What the last axis of the causes stands for; lengths as logarithms."""
NODES = 1.0
"""How far around a node the scans are compared, as the deviation of a Gaussian."""
EVEN_NODES = 2.0
"""A field that its blur over so many nodes leaves as it is is even."""


def causes_of_doubt(
    spread: Spread, start: ChannelMap, field: ChannelMap, scans: tuple[WorkingScan, WorkingScan], mask: Tensor
) -> ChannelMap:
    """The causes (z, y, x, 8) on the field's lattice.

    spread: of the kernel, at every node. start, field: (z, y, x, 3) mm, before and after the finish; the same where
    nothing was finished. scans: fixed and moving. mask: (z, y, x) bool on the fixed scan's grid, where to compare.
    """
    shape = field.grid.shape
    ambiguity, unseen = _comparison(field, *scans, mask)
    columns = [
        (spread.disagreement.reshape(shape) + 0.3).log(),
        1.0 - spread.support.reshape(shape),
        (spread.distance.reshape(shape) + 2.0).log(),
        ((field.values - start.values).norm(dim=-1) + 0.3).log(),
        ambiguity.log(),
        (_unevenness(field) + 0.1).log(),
        _volume_change(field),
        unseen,
    ]
    return ChannelMap(torch.stack(columns, -1), field.grid)


def _comparison(field: ChannelMap, fixed: WorkingScan, moving: WorkingScan, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Ambiguity in mm and unseen share (z, y, x) each, from local contrast at the nodes.

    Least squares leave a position uncertain by the residual's deviation over the structure's.
    """
    shape = field.grid.shape
    nodes = torch.from_numpy(field.grid.voxel_points().reshape(-1, 3)).float()
    places = nodes + field.values.reshape(-1, 3)
    here = ChannelMap(torch.stack([local_contrast(fixed.image), mask.float()], -1), fixed.grid).at(nodes)
    there, slope = value_and_slope(ChannelMap(local_contrast(moving.image)[..., None], moving.grid).placed, places)
    seen = (here[:, 1] > 0.999) & _shown(moving, places)
    residual, (x, y, z) = there[:, 0] - here[:, 0], (s[:, 0] for s in slope)
    products = torch.stack([torch.ones_like(x), residual * residual, x * x, y * y, z * z, x * y, x * z, y * z]) * seen
    share, square, *structure = gaussian_blur(products.reshape(-1, *shape), NODES)
    residual_square = square / share.clamp_min(0.01)
    ambiguity = ((residual_square + 0.1) / (_second_structure(structure) + 0.001) + 0.5).sqrt()
    return ambiguity, 1.0 - share


def _shown(scan: WorkingScan, points: Tensor) -> Tensor:
    """Whether points (N, 3) mm lie in the scan: in its grid, and off what the grid holds beside it."""
    inside = ChannelMap(scan.inside.float()[..., None], scan.grid)
    index, last = inside.index_of(points), torch.tensor(scan.grid.size) - 1
    return (inside.at(points)[:, 0] > 0.999) & ((index >= 0) & (index <= last)).all(1)


def _second_structure(structure: list[Tensor]) -> Tensor:
    """Sum of the principal 2x2 minors over the trace, 1 / mm^2: small unless two directions or more show structure."""
    xx, yy, zz, xy, xz, yz = structure
    minors = yy * zz - yz * yz + xx * zz - xz * xz + xx * yy - xy * xy
    second: Tensor = minors.clamp_min(0) / (xx + yy + zz).clamp_min(1e-9)
    return second


def _unevenness(field: ChannelMap) -> Tensor:
    """Distance (z, y, x) in mm between the field and its blur."""
    planes = field.values.movedim(-1, 0)
    apart: Tensor = (planes - gaussian_blur(planes, EVEN_NODES)).norm(dim=0)
    return apart


def _volume_change(field: ChannelMap) -> Tensor:
    """|log J| (z, y, x), J cut to a tenth and ten."""
    step = field.grid.spacing_mm
    slopes = [torch.gradient(field.values, spacing=step[axis], dim=2 - axis)[0] for axis in range(3)]
    jacobian = torch.stack(slopes, -1) + torch.eye(3)
    change: Tensor = torch.linalg.det(jacobian).clamp(0.1, 10.0).log().abs()
    return change
