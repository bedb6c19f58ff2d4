"""Errors and what was promised about them become the reliability picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
GROUPS = 6
REAL, MADE, FAINT = "#1f6f8b", "#c1440e", "#9aa5b1"


@dataclass(frozen=True)
class Sample:
    """Landmarks: error (N,), expected (N,) and, by level, bounds (N,), all mm."""

    error: Numbers
    expected: Numbers
    bounds: Mapping[float, Numbers]

    def __len__(self) -> int:
        return len(self.error)

    def covered(self, level: float) -> float:
        """Share of the errors within the bounds of a level."""
        return float((self.error <= self.bounds[level]).mean())

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The landmarks of all."""
        error, expected = (np.concatenate([getattr(part, name) for part in parts]) for name in ("error", "expected"))
        return cls(error, expected, {p: np.concatenate([part.bounds[p] for part in parts]) for p in parts[0].bounds})


def draw(real: Sequence[Sample], made: Sample, path: Path) -> None:
    """Left: level asked for and share covered, real pairs one by one (faint) and pooled. Right: promised and found."""
    pooled = Sample.joined(real)
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for sample in real:
        left.plot(*_curve(sample), color=FAINT, linewidth=0.7)
    left.plot(*_curve(pooled), color=REAL, marker="o", markersize=3, label=f"real pairs, {len(pooled)} landmarks")
    left.plot(*_curve(made), color=MADE, linewidth=1, label=f"phantoms, {len(made)} exact landmarks")
    left.plot([0, 1], [0, 1], color="black", linewidth=0.6, linestyle="--")
    left.set(xlabel="level of the bound", ylabel="share of landmarks within it", xlim=(0, 1), ylim=(0, 1))
    _groups(right, pooled)
    for axes in (left, right):
        axes.legend(fontsize=7, frameon=False, loc="upper left")
        axes.tick_params(labelsize=8)
    figure.savefig(path, dpi=110, pil_kwargs={"optimize": True})


def _curve(sample: Sample) -> tuple[list[float], list[float]]:
    """The levels, and the shares within their bounds."""
    levels = sorted(sample.bounds)
    return levels, [sample.covered(level) for level in levels]


def _groups(axes: Axes, sample: Sample) -> None:
    """Landmarks in groups of rising expected error: mean and 90th percentile of the error beside what was promised."""
    groups = np.array_split(np.argsort(sample.expected, kind="stable"), GROUPS)
    place = [sample.expected[group].mean() for group in groups]
    bound = [sample.bounds[0.9][group].mean() for group in groups]
    axes.plot(place, place, color="black", linewidth=0.6, linestyle="--", label="expected error")
    axes.plot(place, bound, color="black", linewidth=0.6, label="90 % bound")
    axes.plot(
        place, [sample.error[group].mean() for group in groups], "o", color=REAL, markersize=4, label="mean error found"
    )
    worst = [np.quantile(sample.error[group], 0.9) for group in groups]
    axes.plot(place, worst, "^", color=REAL, markersize=5, label="90 % of errors found")
    axes.set(xlabel="expected error, mm", ylabel="error, mm", ylim=(0, None))
