"""`kernelreg phantom`: a seed becomes two DICOM series with a known displacement."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Kind(StrEnum):
    """What the phantom shows."""

    thorax = "thorax"
    abdomen = "abdomen"


def phantom(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the pair; must not exist or be empty.")],
    kind: Annotated[Kind, typer.Option(help="Inhale to exhale, or before to after ablation.")] = Kind.thorax,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.", min=0)] = 0,
) -> None:
    """Generate a pair of CT scans with landmarks, masks and the true field, to try everything without patient data."""
    from cli.folders import staged
    from cli.screen import print_facts
    from registration.phantom import make_phantom, write_phantom

    if output.exists() and (output.is_file() or any(output.iterdir())):
        raise typer.BadParameter(f"{output.name} already holds something", param_hint="OUT")
    with staged(output) as folder:
        pair = make_phantom(kind.value, seed=seed)
        write_phantom(pair, folder)
    facts = [
        ("fixed", str(output / "fixed")),
        ("moving", str(output / "moving")),
        ("landmarks", f"{output / 'landmarks.csv'} ({len(pair.landmarks_fixed)} pairs)"),
        ("true field", str(output / "displacement_field.mha")),
    ]
    print_facts(f"Phantom {kind.value}, seed {seed}", facts)
