"""The method as this process computes it: its model, here or on a model server, and third-party weights from where
its environment says.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from jobs.figures import MODEL, Figures
from registration.keypoints.named import detector_named
from registration.model import Model, default_model
from registration.register import register
from registration.result import Registration
from registration.volume import Volume
from registration.weights.external import weights_folder
from worker.handlers.register_pair import Method


def model_at(triton_url: str, figures: Figures | None = None) -> Model:
    """The model, its heavy work done by the server at `triton_url` (host:port), here where that is empty.

    Every call there is measured in `figures`.
    Raises JobError `model-server-unavailable`, `model-mismatch`: no worker starts with models it was not made for.
    """
    own = default_model()
    if not triton_url:
        return own
    from worker.engines.server import ModelServer
    from worker.engines.triton import connected, served_identity

    def observe(model: str, seconds: float, outcome: str) -> None:
        if figures:
            figures.observe(MODEL, seconds, model=model, outcome=outcome)

    engine = connected(ModelServer(triton_url, observe=observe))
    return replace(own, engine=engine, identity=served_identity(own.identity))


def method_with(model: Model) -> Method:
    """`registration.register.register` with this model; a detector is made, and may be refused, before all else."""
    weights = weights_folder(os.environ)

    def method(fixed: Volume, moving: Volume, *, detector: str, **options: Any) -> Registration:  # noqa: ANN401
        return register(fixed, moving, detector=detector_named(detector, weights), model=model, **options)

    return method
