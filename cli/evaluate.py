"""`kernelreg evaluate`: known landmarks and organs become the figures of a result, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.archive import StoredResult
    from registration.evaluation.case_figures import CaseFigures
    from registration.geometry.grid import Floats
    from registration.products.outcome import Outcome

LabelsPath = Annotated[
    Path | None, typer.Option(help="Organs on the scan's grid, for Dice, ASSD and HD95; both or none.")
]


def evaluate(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` made.")],
    landmarks: Annotated[Path, typer.Argument(metavar="LANDMARKS.csv", help="Columns fixed_x,...,moving_z in LPS mm.")],
    fixed_labels: LabelsPath = None,
    moving_labels: LabelsPath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure a registration on landmarks and organs that it has not seen; docs/evaluation.md has the definitions."""
    from cli.screen import print_table
    from registration.archive import load_result
    from registration.confidence.bounds import BOUND_LEVEL
    from registration.plain import json_text
    from registration.products.outcome import outcome_of
    from registration.reading.tables import read_correspondences

    if (fixed_labels is None) != (moving_labels is None):
        raise typer.BadParameter("give the organs of both scans, or of none", param_hint="--fixed-labels")
    outcome = outcome_of(load_result(result))
    _, fixed, moving = read_correspondences(landmarks)
    figures = _landmarks(outcome, fixed, moving)
    share = _share_within_bound(outcome.stored, fixed, moving)
    organs = _organs(outcome, fixed_labels, moving_labels) if fixed_labels and moving_labels else None
    if as_json:
        found = {
            "landmarks": len(fixed),
            "unit": "mm",
            "within_bound": {"level": BOUND_LEVEL, "share": share},
            **figures,
        }
        more = {"organs": organs.values, "undefined": organs.undefined} if organs else {}
        typer.echo(json_text(found | more), nl=False)
        return
    rows = [(name, *(f"{v:.2f}" for v in row.values())) for name, row in figures.items()]
    print_table((f"{len(fixed)} landmarks, mm", *figures["as stored"]), rows)
    if share is not None:
        typer.echo(f"{100 * share:.0f} % of them within the {100 * BOUND_LEVEL:.0f} % bound of the registered field")
    if organs:
        print_table(
            ("figure", "value"), [*((n, f"{v:.4g}") for n, v in organs.values.items()), *organs.undefined.items()]
        )


def _landmarks(outcome: Outcome, fixed: Floats, moving: Floats) -> dict[str, dict[str, float]]:
    """Mean (TRE), mean of the worst 30 %, median and largest error, mm: before, after, and with corrections."""
    from registration.metrics.landmarks import distances, landmark_errors, landmark_figures

    errors = {"as stored": distances(fixed, moving), "registered": landmark_errors(outcome.stored.base, fixed, moving)}
    if len(outcome.corrections):
        errors["refined"] = landmark_errors(outcome.field, fixed, moving)
    found = {name: landmark_figures(values) for name, values in errors.items()}
    return {
        name: {"TRE": of.mean_mm, "TRE30": of.worst_mean_mm, "median": of.median_mm, "max": of.max_mm}
        for name, of in found.items()
    }


def _share_within_bound(stored: StoredResult, fixed: Floats, moving: Floats) -> float | None:
    """Share of the landmarks that the field before any correction misses by no more than its bound; None without one.

    A field that was computed elsewhere promises nothing.
    """
    import numpy as np

    from registration.field.displacement import map_at
    from registration.metrics.landmarks import landmark_errors

    if not stored.bounds.levels:
        return None
    expected = map_at(stored.error_mm, stored.base.grid, fixed).astype(np.float32)
    return float((landmark_errors(stored.base, fixed, moving) <= stored.bounds.at(expected)).mean())


def _organs(outcome: Outcome, fixed: Path, moving: Path) -> CaseFigures:
    """Overlap, surface distances, smoothness and likeness of the field in force."""
    from cli.scans import mask_at
    from registration.evaluation.cases import Case
    from registration.evaluation.figures import figures_of

    scans = outcome.stored.fixed, outcome.stored.moving
    one, other = mask_at(fixed, scans[0]), mask_at(moving, scans[1])
    assert one is not None
    assert other is not None
    return figures_of(Case(outcome.stored.folder.name, *scans, one.values > 0, {"labels": (one, other)}), outcome.field)
