"""`kernelreg evaluate`: known landmarks become the error of a result in millimetres, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from registration.archive import StoredResult

WORST = 0.3
"""TRE30 is the mean over this share of the landmarks, the worst ones."""


def evaluate(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` made.")],
    landmarks: Annotated[Path, typer.Argument(metavar="LANDMARKS.csv", help="Columns fixed_x,...,moving_z in LPS mm.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the target registration error on landmarks that the registration has not seen."""
    from cli.screen import print_table
    from registration.archive import load_result
    from registration.confidence.bounds import BOUND_LEVEL
    from registration.plain import json_text
    from registration.products.outcome import outcome_of
    from registration.reading.tables import read_correspondences

    outcome = outcome_of(load_result(result))
    _, fixed, moving = read_correspondences(landmarks)
    mapped = {"as stored": fixed, "registered": outcome.stored.base.map_points(fixed)}
    if len(outcome.corrections):
        mapped["refined"] = outcome.field.map_points(fixed)
    figures = {name: _figures(points, moving) for name, points in mapped.items()}
    share = _share_within_bound(outcome.stored, fixed, moving)
    if as_json:
        bounded = {"level": BOUND_LEVEL, "share": share}
        typer.echo(json_text({"landmarks": len(fixed), "unit": "mm", "within_bound": bounded, **figures}), nl=False)
        return
    rows = [(name, *(f"{v:.2f}" for v in row.values())) for name, row in figures.items()]
    print_table((f"{len(fixed)} landmarks, mm", *figures["as stored"]), rows)
    if share is not None:
        typer.echo(f"{100 * share:.0f} % of them within the {100 * BOUND_LEVEL:.0f} % bound of the registered field")


def _share_within_bound(stored: StoredResult, fixed: NDArray[np.float64], moving: NDArray[np.float64]) -> float | None:
    """Share of the landmarks that the field before any correction misses by no more than its bound; None without one.

    A field that was computed elsewhere promises nothing.
    """
    import numpy as np

    from registration.field.displacement import map_at

    if not stored.bounds.levels:
        return None
    error = np.linalg.norm(stored.base.map_points(fixed) - moving, axis=1)
    expected = map_at(stored.error_mm, stored.base.grid, fixed).astype(np.float32)
    return float((error <= stored.bounds.at(expected)).mean())


def _figures(mapped: NDArray[np.float64], moving: NDArray[np.float64]) -> dict[str, float]:
    """Mean (TRE), mean of the worst 30 %, median and largest distance, mm."""
    import numpy as np

    error = np.sort(np.linalg.norm(mapped - moving, axis=1))
    worst = error[-max(1, round(WORST * len(error))) :]
    return {"TRE": error.mean(), "TRE30": worst.mean(), "median": float(np.median(error)), "max": error[-1]}
