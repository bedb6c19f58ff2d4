"""A displacement field becomes how far off it is, in mm: at landmarks, or wherever the true field is known."""

from __future__ import annotations

from torch import Tensor

from registration.pyramid.lattice import LatticeMap


def landmark_distances(field: LatticeMap, fixed: Tensor, moving: Tensor) -> Tensor:
    """Distance (N,) mm between `fixed + d(fixed)` and `moving`, both (N, 3) mm in the field's frame."""
    distances: Tensor = (fixed + field.at(fixed) - moving).norm(dim=1)
    return distances


def field_errors(field: LatticeMap, truth: LatticeMap, known: LatticeMap) -> Tensor:
    """Distance (N,) mm from the truth at those of the field's nodes where `known` (one channel, 0 or 1) says 1."""
    nodes = field.points()
    chosen = known.at(nodes)[:, 0] > 0.5
    errors: Tensor = (field.vectors()[chosen] - truth.at(nodes[chosen])).norm(dim=1)
    return errors
