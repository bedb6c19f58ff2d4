"""The two peers that need no tool: our pre-alignment alone, and a thin-plate spline through our matches."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.working_grid import Peer
from registration.evaluation.methods import Method
from registration.field.displacement import DisplacementField
from registration.kernel.thin_plate import ThinPlateSpline
from registration.model import VERSION, Model
from registration.register import register
from registration.result import ModelIdentity
from registration.volume import Volume

SMOOTHING_MM = 10.0
"""About the distance between keypoints, as in `experiments.ablation`."""


def _still(fixed: Volume, _moving: Volume) -> DisplacementField:
    return DisplacementField(np.zeros((*fixed.grid.shape, 3), np.float32), fixed.grid)


RIGID = Peer(_still, {})


def spline(preset: str) -> Method:
    """Our matches, spread by the spline instead of the kernel, and nothing finished on the images."""
    model = Model(ThinPlateSpline(SMOOTHING_MM), ModelIdentity("kernelreg-spline", VERSION, ""))
    settings = {"version": VERSION, "smoothing_mm": SMOOTHING_MM, "preset": preset}
    return Method(
        settings, lambda fixed, moving: register(fixed, moving, preset=preset, model=model, finish=False).field
    )
