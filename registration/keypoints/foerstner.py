"""The 3D Förstner operator: distinctive points of a volume, by the inverse trace of the inverse structure tensor.

W. Förstner and E. Gülch, 1987; in three dimensions as K. Rohr, "On 3D differential operators for detecting point
landmarks", 1997: `R = det G / (sum of the principal 2x2 minors of G)`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.keypoints.detector import Candidates
from registration.keypoints.neighbourhood import largest_around
from registration.sampling import gaussian_blur

GRADIENT_SIGMA = 0.55
WINDOW_SIGMA = 0.9
"""Voxels. 1.4 leaves half the candidates of 0.9 in a lung (measured)."""

REACH = 6
"""Slices that a response depends on, to each side: 2 of the first blur, 1 of the slope, 3 of the window."""
SLAB_VOXELS = 2**19
"""Voxels treated at once: each of about twenty arrays 2 MB."""


class Foerstner:
    """The default detector: it sees all three directions at once, and needs neither weights nor another library."""

    name = "foerstner"

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """As `Detector` has it; whole voxels."""
        return foerstner_points(image, mask, count=count)


def foerstner_points(image: Tensor, mask: Tensor, *, count: int) -> Candidates:
    """Voxel indices (M, 3) in (x, y, z) order and responses (M,) of the `count` strongest local maxima in the mask.

    image: (z, y, x) in [0, 1]; mask: (z, y, x) bool. Fewer than `count` come back where the image offers fewer.
    """
    response = foerstner_response(image) * mask
    candidates = torch.nonzero((response == largest_around(response, 1)) & (response > 0))
    strength = response[candidates.unbind(1)]
    order = torch.sort(strength, descending=True, stable=True).indices[:count]
    return Candidates(candidates[order].flip(1), strength[order])


def foerstner_response(image: Tensor) -> Tensor:
    """Response (z, y, x), zero where the structure tensor is degenerate; slab by slab, as it is of the whole."""
    step = max(3 * REACH, SLAB_VOXELS // image[0].numel())
    parts = []
    for start in range(0, len(image), step):
        low, stop = max(0, start - REACH), start + step
        parts.append(_response(image[low : stop + REACH])[start - low : stop - low])
    return torch.cat(parts)


def _response(image: Tensor) -> Tensor:
    """Of a slab (z, y, x)."""
    smooth = gaussian_blur(image[None], GRADIENT_SIGMA)
    padded = F.pad(smooth[None], (1,) * 6, mode="replicate")[0, 0]
    inner = slice(1, -1)
    gx = 0.5 * (padded[inner, inner, 2:] - padded[inner, inner, :-2])
    gy = 0.5 * (padded[inner, 2:, inner] - padded[inner, :-2, inner])
    gz = 0.5 * (padded[2:, inner, inner] - padded[:-2, inner, inner])
    pairs = (gx, gx), (gy, gy), (gz, gz), (gx, gy), (gx, gz), (gy, gz)
    xx, yy, zz, xy, xz, yz = (gaussian_blur((a * b)[None], WINDOW_SIGMA)[0] for a, b in pairs)
    minors = yy * zz - yz * yz + xx * zz - xz * xz + xx * yy - xy * xy
    determinant = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
    return torch.where(minors > 1e-14, determinant / minors.clamp_min(1e-14), torch.zeros_like(minors)).clamp_min(0)
