"""What the demonstration measures on its way, for the verdict and the summary."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BEFORE, REGISTERED, CORRECTED = "before registration", "registered", "three corrections"
"""The states of the field at which errors are taken."""


@dataclass(frozen=True)
class Click:
    """One correction: at which landmark, how far off the field was before and after (mm), and what else it did.

    changed, changed_outside: voxels of the field that differ by a bit, and those of them outside the returned box.
    """

    landmark: int
    before_mm: float
    after_mm: float
    seconds: float
    changed: int
    changed_outside: int
    voxels: int
    folds: int

    @property
    def id(self) -> str:
        """The correspondence's name at the service."""
        return f"landmark-{self.landmark}"


@dataclass
class Measured:
    """seconds: by step. errors_mm: distance (N,) at every landmark, by the state of the field. qa: the service's.

    residuals_mm: at every click so far, by its id. relaxed: ids that the service says it met only in part.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    stages_s: dict[str, float] = field(default_factory=dict)
    errors_mm: dict[str, Floats] = field(default_factory=dict)
    clicks: list[Click] = field(default_factory=list)
    residuals_mm: dict[str, float] = field(default_factory=dict)
    relaxed: list[str] = field(default_factory=list)
    qa: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long the block takes."""
        start = time.perf_counter()
        yield
        self.seconds[step] = time.perf_counter() - start

    def not_clicked(self) -> NDArray[np.bool_]:
        """Which landmarks (N,) were left alone: the honest ones to judge corrections by."""
        untouched = np.ones(len(self.errors_mm[BEFORE]), bool)
        untouched[[click.landmark for click in self.clicks]] = False
        return untouched
