"""What was measured becomes what a person reads: errors, times, promises, and where things lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import typer

from cli.demonstration.measured import Floats, Measured
from cli.demonstration.verdict import promises
from cli.screen import print_facts, print_table
from registration.metrics.landmarks import landmark_figures

FILES = (
    "preview-registered.png",
    "preview-corrected.png",
    "corrections.png",
    "displacement_field.mha",
    "warped.nii.gz",
    "report.json",
    "pair",
)


def show(measured: Measured, output: Path) -> None:
    """Print everything."""
    _print_errors(measured)
    print_facts("Times", _times(measured))
    held = [("kept" if kept else "BROKEN", what) for what, kept in promises(measured).items()]
    print_facts("\nPromises", held)
    print_facts(f"\nTo look at, in {output}", [("", name) for name in FILES], ["Research use only."])


def _print_errors(measured: Measured) -> None:
    untouched = measured.not_clicked()
    rows = [(state, *_figures(error, untouched)) for state, error in measured.errors_mm.items()]
    columns = ("mean", "median", "worst 30 %", "largest", "not clicked")
    print_table((f"{len(untouched)} landmarks, mm", *columns), rows)
    typer.echo(f"  not clicked: mean over the {untouched.sum()} landmarks at which nothing was corrected\n")


def _figures(error: Floats, untouched: np.ndarray) -> tuple[str, ...]:
    of = landmark_figures(error)
    figures = (of.mean_mm, of.median_mm, of.worst_mean_mm, of.max_mm, error[untouched].mean())
    return tuple(f"{value:.2f}" for value in figures)


def _times(measured: Measured) -> list[tuple[str, str]]:
    stages = "  ".join(f"{stage} {s:.1f}" for stage, s in measured.stages_s.items() if stage != "total")
    clicks = "  ".join(f"{1000 * click.seconds:.0f} ms" for click in measured.clicks)
    steps = [(step, f"{seconds:.1f} s") for step, seconds in measured.seconds.items()]
    return [*steps, ("of which, s", stages), ("corrections", clicks)]
