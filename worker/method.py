"""The method as this process computes it: its model, and third-party weights from where its environment says."""

from __future__ import annotations

import os
from typing import Any

from registration.keypoints.named import detector_named
from registration.model import Model
from registration.register import register
from registration.result import Registration
from registration.volume import Volume
from registration.weights.external import weights_folder
from worker.handlers.register_pair import Method


def method_with(model: Model) -> Method:
    """`registration.register.register` with this model; a detector is made, and may be refused, before all else."""
    weights = weights_folder(os.environ)

    def method(fixed: Volume, moving: Volume, *, detector: str, **options: Any) -> Registration:  # noqa: ANN401
        return register(fixed, moving, detector=detector_named(detector, weights), model=model, **options)

    return method
