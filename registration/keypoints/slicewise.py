"""A detector of points in pictures becomes one of points in volumes: slice by slice in three planes, then merged.

A picture shows two directions of three: what it finds may be anywhere along the third. So slices are taken in all three
planes, and of points that lie beside each other, in one slice, in neighbouring ones or across planes, the strongest
stays. A vessel that runs through ten slices becomes a point where it is most distinct, not ten.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.keypoints.detector import Candidates

PLANES = ((0, 1, 2), (1, 0, 2), (2, 0, 1))
"""Axial, coronal, sagittal: which of the axes (z, y, x) counts slices, which the rows and the columns of a slice."""
BESIDE = 3
"""Voxels: the cube within which only the strongest point stays."""

SliceDetection = Callable[[Tensor], tuple[Tensor, Tensor]]
"""slice (rows, columns) in [0, 1] -> (column, row) of pixels (M, 2), whole or fractional, and responses (M,) > 0, of
what exceeds the detector's tolerance."""


def slicewise_candidates(image: Tensor, mask: Tensor, detect: SliceDetection, *, count: int) -> Candidates:
    """The `count` strongest points of all slices of image (z, y, x) inside mask (z, y, x) bool, merged."""
    found = [part for axes in PLANES for part in _in_plane(detect, image, mask, axes)]
    if not found:
        return Candidates(torch.zeros(0, 3), torch.zeros(0))
    places, response = (torch.cat(part) for part in zip(*found, strict=True))
    inside = mask[_voxels(places, image.shape).unbind(1)]
    places, response = places[inside], response[inside]
    kept = strongest_beside(_voxels(places, image.shape), response, image.shape)[:count]
    return Candidates(places[kept].flip(1), response[kept])


def strongest_beside(voxels: Tensor, response: Tensor, shape: torch.Size) -> Tensor:
    """Positions, strongest first, of the points that lie beside no stronger one; voxels (M, 3) in (z, y, x) order."""
    z, y, x = voxels.unbind(1)
    flat = (z * shape[1] + y) * shape[2] + x
    best = torch.zeros(shape).flatten().scatter_reduce_(0, flat, response, "amax").reshape(shape)
    beside = F.max_pool3d(best[None], BESIDE, stride=1, padding=BESIDE // 2)[0].flatten()
    order = torch.sort(response, descending=True, stable=True).indices
    order = order[response[order] >= beside[flat[order]]]
    return order[_first_of_each(flat[order])]


def _in_plane(
    detect: SliceDetection, image: Tensor, mask: Tensor, axes: tuple[int, int, int]
) -> list[tuple[Tensor, Tensor]]:
    """Places (M, 3) in (z, y, x) order and responses (M,) of each slice of a plane that the mask touches."""
    stack, touched = image.permute(axes), mask.permute(axes).flatten(1).any(1)
    found = []
    for number in torch.nonzero(touched).flatten().tolist():
        pixels, response = detect(stack[number].contiguous())
        places = torch.full((len(pixels), 3), float(number))
        places[:, axes[1]], places[:, axes[2]] = pixels[:, 1].float(), pixels[:, 0].float()
        found.append((places, response.float()))
    return found


def _first_of_each(values: Tensor) -> Tensor:
    """Positions, ascending, of the first occurrence of every value."""
    ranks = torch.sort(values, stable=True)
    fresh = torch.ones_like(values, dtype=torch.bool)
    fresh[1:] = ranks.values[1:] != ranks.values[:-1]
    return ranks.indices[fresh].sort().values


def _voxels(places: Tensor, shape: torch.Size) -> Tensor:
    """The voxels (M, 3) that hold the places, both in (z, y, x) order."""
    return torch.minimum(places.round().long().clamp_min(0), torch.tensor(shape) - 1)
