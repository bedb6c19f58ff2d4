"""What a scale of the pyramid starts from: both images' features, where a residual is wanted, and the field so far."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from registration.pyramid.lattice import LatticeMap


@dataclass(frozen=True)
class Scale:
    """One scale before its residual: features of both images, the fixed ones again on the `nodes` where the residual
    is wanted, and the `field` so far.
    """

    fixed: LatticeMap
    moving: LatticeMap
    nodes: LatticeMap
    field: LatticeMap

    @property
    def middle(self) -> Tensor:
        """The middle (3,) mm of the lattice, from which kernels measure places."""
        return 0.5 * (self.nodes.size - 1) * self.nodes.step_mm
