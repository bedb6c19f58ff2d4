"""`kernelreg densify`: sparse correspondences become a displacement anywhere, by the kernel alone, without images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer


def densify(
    table: Annotated[
        Path,
        typer.Argument(metavar="PAIRS.csv", help="Columns fixed_x,...,moving_z in mm; a few may be wrong."),
    ],
    at: Annotated[Path, typer.Option(metavar="POINTS.csv", help="Points of the fixed scan: [id,] x, y, z in mm.")],
) -> None:
    """Print where points are in the moving scan, judged from matched pairs alone."""
    from cli.tables import print_points
    from registration.kernel import densify as run
    from registration.reading.tables import read_correspondences, read_points

    _, fixed, moving = read_correspondences(table)
    ids, wanted = read_points(at)
    columns: dict[str, Sequence[object]] = {"id": ids} if ids else {}
    print_points(run(fixed, moving, wanted), columns)
