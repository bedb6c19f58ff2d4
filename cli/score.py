"""`kernelreg score`: a folder of predicted fields becomes figures with intervals, without torch and without a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.predict import DataSet

if TYPE_CHECKING:
    from registration.evaluation.case_figures import CaseFigures

SCORES = "scores"
"""The folder inside a prediction that the tables go to."""


def score(
    prediction: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that `predict` made.")],
    data: DataSet,
    against: Annotated[
        list[Path] | None, typer.Option(help="Another scored prediction of the same data set; may be given again.")
    ] = None,
) -> None:
    """Score every field of FOLDER on DATASET: per case as CSV and JSON, together as a table with intervals."""
    from registration.evaluation.cases import open_cases
    from registration.evaluation.comparing import compare
    from registration.evaluation.markdown import markdown
    from registration.evaluation.prediction import PredictionFolder
    from registration.evaluation.score import score as run
    from registration.evaluation.tables import read_scores, write_scores

    folder = PredictionFolder(prediction)
    cases = open_cases(data, folder.settings()["data"].get("split", "validation"))
    others = {other.name: read_scores(other / SCORES / "scores.json") for other in against or []}
    found = run(folder, cases, _say)
    compared = compare(found, others)
    write_scores(found, prediction / SCORES, compared)
    typer.echo(markdown(found, compared), nl=False)


def _say(case: CaseFigures) -> None:
    tre = case.values.get("tre_mm")
    typer.echo(f"{case.name}: {'scored' if tre is None else f'TRE {tre:.2f} mm'}", err=True)
