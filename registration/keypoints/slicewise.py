"""A detector of points in pictures becomes one of points in volumes: slice by slice, one point for one structure.

A picture detector sees a vessel that runs through ten slices ten times. Of points that lie near each other in
neighbouring slices the strongest stays: along the axis that the detector cannot see, it is most distinct there.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.keypoints.detector import Candidates

NEAR_SLICES, NEAR_VOXELS = 1, 1
"""How far a point suppresses weaker ones: across slices, and within its slice."""

SliceDetection = Callable[[Tensor], tuple[Tensor, Tensor]]
"""slice (y, x) in [0, 1] -> pixels (M, 2) in (x, y) order, whole or fractional, and responses (M,) > 0, those above the
detector's tolerance."""


def slicewise_candidates(image: Tensor, mask: Tensor, detect: SliceDetection, *, count: int) -> Candidates:
    """The `count` strongest points of the axial slices of image (z, y, x) inside mask (z, y, x), merged across them."""
    found = [_on_slice(detect, image, int(z)) for z in torch.nonzero(mask.flatten(1).any(1))]
    if not found:
        return Candidates(torch.zeros(0, 3), torch.zeros(0))
    index, response = (torch.cat(part) for part in zip(*found, strict=True))
    inside = mask[_voxels(index, image).unbind(1)]
    index, response = index[inside], response[inside]
    kept = strongest_nearby(_voxels(index, image), response, image.shape)[:count]
    return Candidates(index[kept], response[kept])


def strongest_nearby(voxels: Tensor, response: Tensor, shape: torch.Size) -> Tensor:
    """Positions, strongest first, of the points that no stronger one lies near; voxels (M, 3) in (z, y, x) order."""
    z, y, x = voxels.unbind(1)
    flat = (z * shape[1] + y) * shape[2] + x
    best = torch.zeros(shape).flatten().scatter_reduce_(0, flat, response, "amax").reshape(shape)
    reach = (NEAR_SLICES, NEAR_VOXELS, NEAR_VOXELS)
    near = F.max_pool3d(best[None], [2 * r + 1 for r in reach], stride=1, padding=reach)[0]
    order = torch.sort(response, descending=True, stable=True).indices
    order = order[response[order] >= near.flatten()[flat[order]]]
    return order[_first_of_each(flat[order])]


def _first_of_each(values: Tensor) -> Tensor:
    """Positions, ascending, of the first occurrence of every value."""
    ranks = torch.sort(values, stable=True)
    fresh = torch.ones_like(values, dtype=torch.bool)
    fresh[1:] = ranks.values[1:] != ranks.values[:-1]
    return ranks.indices[fresh].sort().values


def _on_slice(detect: SliceDetection, image: Tensor, z: int) -> tuple[Tensor, Tensor]:
    """Indices (M, 3) in (x, y, z) order and responses (M,) of one slice."""
    pixels, response = detect(image[z])
    return F.pad(pixels.float(), (0, 1), value=float(z)), response.float()


def _voxels(index: Tensor, image: Tensor) -> Tensor:
    """The voxels (M, 3) in (z, y, x) order that hold the points."""
    last = torch.tensor(image.shape) - 1
    return torch.minimum(index.flip(1).round().long().clamp_min(0), last)
