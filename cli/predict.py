"""`kernelreg predict`: a data set and a method become a folder of fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.evaluation.prediction import Record

DataSet = Annotated[
    Path,
    typer.Argument(metavar="DATASET", help="List (JSON) or folder of a Learn2Reg data set, or a folder of pairs."),
]


def predict(
    data: DataSet,
    output: Annotated[Path, typer.Option(help="Folder for the fields; with the same settings a stopped run goes on.")],
    method: Annotated[str, typer.Option(help="Name of a method, or MODULE:FUNCTION of another one.")] = "default",
    preset: Annotated[str, typer.Option(help="Intensity window: thorax, abdomen or auto.")] = "auto",
    split: Annotated[str, typer.Option(help="Of a Learn2Reg list: training or validation.")] = "validation",
) -> None:
    """Register every pair of DATASET and store the fields, also as Learn2Reg's evaluator takes them."""
    from registration.evaluation.cases import open_cases
    from registration.evaluation.methods import method_named
    from registration.evaluation.predict import predict as run
    from registration.evaluation.prediction import PredictionFolder

    cases = open_cases(data, split)
    failed = run(cases, method, method_named(method, preset), PredictionFolder(output), _say)
    typer.echo(f"{len(cases.names) - failed} of {len(cases.names)} pairs registered by {method}: {output}")
    if failed:
        raise typer.Exit(1)


def _say(case: str, record: Record, earlier: bool) -> None:
    went = "kept" if earlier else record.failure or f"{record.cpu_s:.1f} CPU s, {record.wall_s:.1f} s"
    typer.echo(f"{case}: {went}", err=True)
