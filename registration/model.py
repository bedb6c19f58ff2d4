"""The parts of the method that can be learned, or done elsewhere, as one object: encoder, kernel, engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from registration.confidence.model import ErrorModel
from registration.engine import Engine
from registration.features.matching import Encoder
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.keys import Keys, Spread
from registration.kernel.trained import trained_kernel
from registration.result import ModelIdentity
from registration.torch_engine import TorchEngine

VERSION = "0.1.0"


class Kernel(Protocol):
    """Spreads keys over space."""

    def spread(self, queries: Tensor, keys: Keys) -> Spread:
        """Displacements at queries (Q, 3) mm in the keys' frame, with what is known about each."""


@dataclass(frozen=True)
class Model:
    """kernel; encoder beside MIND-SSC with its share of the cost (0: MIND alone); identity for every result.

    error: tells how far to trust a field; None is the one that is shipped. engine: where the heavy work is done; None
    is here. One elsewhere computes with the features it was made for, so it cannot be combined with an encoder.
    """

    kernel: Kernel
    identity: ModelIdentity
    encoder: Encoder | None = None
    encoder_weight: float = 0.0
    error: ErrorModel | None = None
    engine: Engine | None = None

    def __post_init__(self) -> None:
        if self.engine is not None and self.encoder is not None:
            raise ValueError("an engine brings its own features: expected no encoder beside it")

    @property
    def computing(self) -> Engine:
        """Where the heavy work is done."""
        return self.engine or TorchEngine(self.encoder, self.encoder_weight)


def default_model() -> Model:
    """What registers when nothing else is asked for: the one with the least error on unseen real pairs.

    That is MIND-SSC and the two-scale kernel today; `python -m benchmarks accuracy` runs both models side by side.
    """
    return handmade_model()


def handmade_model() -> Model:
    """MIND-SSC and the two-scale Gaussian kernel: nothing is learned, no file is needed."""
    return Model(TwoScaleGaussian(), ModelIdentity("kernelreg-handmade", VERSION, ""))


def learned_model() -> Model:
    """MIND-SSC and the attention kernel trained on the matcher's own mistakes. Raises MethodError `weights-invalid`."""
    kernel, sha256 = trained_kernel()
    return Model(kernel, ModelIdentity("kernelreg-attention", VERSION, sha256))
