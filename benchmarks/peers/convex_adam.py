"""ConvexAdam by its Python package: MIND-SSC, coupled convex optimisation, then Adam; its own default settings."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.peers.itk_fields import field_of_array
from benchmarks.peers.working_grid import Peer
from registration.field.displacement import DisplacementField
from registration.volume import Volume

SETTINGS: dict[str, Any] = {
    "mind_r": 1,
    "mind_d": 2,
    "lambda_weight": 1.25,
    "grid_sp": 6,
    "disp_hw": 4,
    "selected_niter": 80,
    "grid_sp_adam": 2,
    "ic": True,
}


def _displace(fixed: Volume, moving: Volume) -> DisplacementField:
    """It answers in voxels along the axes of the arrays, (z, y, x)."""
    from convexAdam.convex_adam_MIND import convex_adam_pt

    images = (torch.from_numpy(volume.values) for volume in (fixed, moving))
    voxels = convex_adam_pt(*images, **SETTINGS, dtype=torch.float32, device=torch.device("cpu"))
    steps = voxels[..., ::-1] * fixed.grid.spacing_mm
    return field_of_array(steps @ fixed.grid.axes.T, fixed.grid)


CONVEX_ADAM = Peer(
    _displace, SETTINGS, "convexAdam", "convexAdam", "pip install --no-deps convexAdam; it needs scikit-learn"
)
