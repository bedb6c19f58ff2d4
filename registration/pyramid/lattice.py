"""Maps on every n-th voxel of an image: where the pyramid reads features and fields, differentiably, on any device.

Points are (x, y, z) mm from the centre of the image's first voxel, along the image's own axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class LatticeMap:
    """`values` (1, C, d, h, w), the first at the origin, `step_mm` (3,) apart in (x, y, z) order."""

    values: Tensor
    step_mm: Tensor

    @property
    def size(self) -> Tensor:
        """Nodes (3,) along x, y and z."""
        return torch.tensor(self.values.shape[:1:-1], device=self.values.device)

    def at(self, points: Tensor) -> Tensor:
        """Values (..., C) at points (..., 3) mm, trilinear, the border's value outside."""
        last = (self.size - 1).clamp_min(1)
        places = (2 * points.reshape(1, 1, 1, -1, 3) / (self.step_mm * last) - 1).to(self.values.dtype)
        found = F.grid_sample(self.values, places, padding_mode="border", align_corners=True)  # (1, C, 1, 1, N)
        return found[0, :, 0, 0].T.reshape(*points.shape[:-1], -1)

    def holds(self, points: Tensor) -> Tensor:
        """Whether each point (..., 3) mm lies in the image: half a step before the first node, one after the last."""
        index = points / self.step_mm
        return ((index >= -0.5) & (index < self.size)).all(-1)

    def points(self) -> Tensor:
        """Every node (V, 3) mm, x fastest."""
        steps = [torch.arange(n, device=self.values.device) for n in self.values.shape[2:]]
        z, y, x = torch.meshgrid(*steps, indexing="ij")
        return torch.stack([x, y, z], -1).reshape(-1, 3) * self.step_mm

    def vectors(self) -> Tensor:
        """Values (V, C) at every node, x fastest."""
        return self.values[0].flatten(1).T

    def every(self, stride: int) -> LatticeMap:
        """Every `stride`-th node along each axis."""
        return LatticeMap(self.values[:, :, ::stride, ::stride, ::stride], stride * self.step_mm)

    def with_vectors(self, vectors: Tensor) -> LatticeMap:
        """Other values (V, C) on the same nodes."""
        return LatticeMap(vectors.T.reshape(1, -1, *self.values.shape[2:]), self.step_mm)


def still(step_mm: Tensor) -> LatticeMap:
    """The displacement field that is zero everywhere."""
    return LatticeMap(torch.zeros(1, 3, 1, 1, 1, device=step_mm.device), step_mm)


def composed(residual: LatticeMap, before: LatticeMap) -> LatticeMap:
    """The field `d(x) = d_s(x) + d_before(x + d_s(x))` on the residual's nodes, mm."""
    vectors = residual.vectors()
    return residual.with_vectors(vectors + before.at(residual.points() + vectors))
