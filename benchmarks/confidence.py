"""Whether the bounds hold: how many landmarks of pairs that calibrated nothing lie within them, with a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.cases import Case, cases
from benchmarks.machine import ROOT
from benchmarks.reliability import Sample, draw
from registration.field.displacement import map_at
from registration.register import register
from registration.result import Registration

LEVELS = (0.5, 0.8, 0.9)
PICTURE = ROOT / "docs" / "images" / "reliability.png"
NORMAL_95 = 1.96


@dataclass(frozen=True)
class Row:
    """One pair's landmarks: their errors, what was expected, and the paper's uncertainty there; all (N,)."""

    name: str
    sample: Sample
    attention_std: NDArray[np.float64]


def main() -> None:
    """Print coverage and rank correlation pair by pair, then pooled; draw the finished fields of the real pairs."""
    print(
        "covered: share of landmarks within the bound; rank: Spearman's, of the error with expected error / attention"
    )
    for finish in (True, False):
        field = "finished" if finish else "kernel alone"
        print(f"\n{field:22}{'n':>5}{'TRE':>7}{'expected':>10}" + "".join(f"{p:8.0%}" for p in LEVELS))
        rows = [_measured(case, finish=finish) for case in cases()]
        real = [row for row in rows if not row.name.startswith("phantom")]
        made = rows[: len(rows) - len(real)]
        _pooled("phantoms", made)
        if real:
            _pooled("real pairs", real)
        if real and finish:
            draw([row.sample for row in real], Sample.joined([row.sample for row in made]), PICTURE)
            print(f"drawn: {PICTURE.relative_to(ROOT)}")


def _measured(case: Case, *, finish: bool) -> Row:
    """Register, look up everything at the landmarks, print a line."""
    result = register(case.fixed, case.moving, preset=case.preset, finish=finish)
    error = np.linalg.norm(result.field.map_points(case.fixed_landmarks) - case.moving_landmarks, axis=1)
    expected, attention = (
        map_at(values, result.field.grid, case.fixed_landmarks) for values in (result.error_mm, result.attention_std)
    )
    row = Row(case.name, Sample(error, expected, _bounds(result, expected)), attention)
    _print(row.name, row.sample, f"rank {_rank(error, expected):5.2f} / {_rank(error, attention):5.2f}")
    return row


def _bounds(result: Registration, expected: NDArray[np.float64]) -> dict[float, NDArray[np.float64]]:
    narrow = expected.astype(np.float32)
    return {level: result.bounds.at(narrow, level).astype(np.float64) for level in result.bounds.levels}


def _rank(error: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(spearmanr(error, other).statistic)


def _pooled(name: str, rows: list[Row]) -> None:
    """All pairs as one, with the interval of each share, and the mean of the pairs' rank correlations."""
    sample = Sample.joined([row.sample for row in rows])
    expected = np.mean([_rank(row.sample.error, row.sample.expected) for row in rows])
    attention = np.mean([_rank(row.sample.error, row.attention_std) for row in rows])
    intervals = "  ".join("{:.3f}-{:.3f}".format(*interval(sample.covered(p), len(sample))) for p in LEVELS)
    _print(f"{name}, pooled", sample, f"rank {expected:5.2f} / {attention:5.2f} (mean)  95 %: {intervals}")


def _print(name: str, sample: Sample, rest: str) -> None:
    covered = "".join(f"{sample.covered(level):8.3f}" for level in LEVELS)
    print(
        f"{name:22}{len(sample):5}{sample.error.mean():7.2f}{sample.expected.mean():10.2f}{covered}  {rest}", flush=True
    )


def interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` independent trials (E. B. Wilson, 1927)."""
    z = NORMAL_95**2 / count
    middle, reach = share + z / 2, np.sqrt(z * (share * (1 - share) + z / 4))
    return float((middle - reach) / (1 + z)), float((middle + reach) / (1 + z))
