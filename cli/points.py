"""`kernelreg points`: points of one scan become points of the other, as CSV on stdout and nothing else there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.field.displacement import DisplacementField


def points(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` made.")],
    table: Annotated[Path, typer.Argument(metavar="POINTS.csv", help="Columns [id,] x, y, z in LPS mm.")],
    inverse: Annotated[
        bool, typer.Option("--inverse", help="From the moving scan to the fixed, with residual and convergence.")
    ] = False,
) -> None:
    """Print where points of the fixed scan are in the moving scan, corrections included."""
    from registration.archive import load_result
    from registration.products.outcome import outcome_of

    field = outcome_of(load_result(result)).field
    (_print_inverse if inverse else _print_forward)(field, table)


def _print_forward(field: DisplacementField, table: Path) -> None:
    from cli.tables import points_inside, print_points

    ids, fixed = points_inside(table, field.grid)
    columns: dict[str, Sequence[object]] = {"id": ids} if ids else {}
    print_points(field.map_points(fixed), columns)


def _print_inverse(field: DisplacementField, table: Path) -> None:
    from cli.tables import print_points
    from registration.field.inverse import inverse_points
    from registration.reading.tables import read_points

    ids, moving = read_points(table)
    found = inverse_points(field, moving)
    residuals = [f"{r:.6f}" for r in found.residual_mm.tolist()]
    columns: dict[str, Sequence[object]] = {"id": ids} if ids else {}
    columns |= {"residual_mm": residuals, "converged": [int(c) for c in found.converged]}
    print_points(found.points_mm, columns)
