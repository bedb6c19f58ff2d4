"""Values and a lattice as bare tensors become a map in its place, on lattices along the patient axes."""

import torch
from torch import Tensor

from registration.sampling import PlacedMap


def placed(values: Tensor, lattice: Tensor) -> PlacedMap:
    """Values (z, y, x, C) where they lie. lattice: (2, 3) mm, first voxel and step."""
    origin, step = lattice.unbind(0)
    return PlacedMap(values, origin, step, torch.eye(3, dtype=lattice.dtype, device=lattice.device))
