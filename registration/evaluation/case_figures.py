"""The figures of one case: every value by its name, and for every value that there is not, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from registration.metrics.undefined import UndefinedError


@dataclass
class CaseFigures:
    """Values by name, reasons by name where there is none, and every landmark's error, mm, before and after."""

    name: str
    values: dict[str, float] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)
    errors_before_mm: list[float] = field(default_factory=list)
    errors_mm: list[float] = field(default_factory=list)

    def take(self, measure: Callable[[], dict[str, float]], *names: str) -> None:
        """The values that a measurement gives under these names, or the reason why it gives none."""
        try:
            self.values |= measure()
        except UndefinedError as error:
            self.undefined |= dict.fromkeys(names, error.message)

    def take_mean(self, name: str, parts: Sequence[str]) -> None:
        """The mean over parts, when all of them are there."""
        missing = [part for part in parts if part in self.undefined]
        if missing:
            self.undefined[name] = f"{missing[0]}: {self.undefined[missing[0]]}"
        elif parts:
            self.values[name] = float(np.mean([self.values[part] for part in parts]))
