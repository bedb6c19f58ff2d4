"""`kernelreg dicom`: a result folder becomes DICOM objects for a PACS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.products.outcome import Outcome

FOLDER = "dicom"
"""Where the objects lie in a result folder."""


def dicom(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` made of two DICOM series.")],
    objects: Annotated[str, typer.Option(help="Names parted by commas; default all of them.")] = "",
    output: Annotated[Path | None, typer.Option(help=f"Folder for the objects; default DIR/{FOLDER}.")] = None,
    spacing: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=100.0, help="mm between the points of `registration`; default as fine as 64 MiB hold."
        ),
    ] = None,
) -> None:
    """Write DIR as DICOM: registration, pre-alignment, warped series, maps, report and correspondences."""
    from registration.archive import load_result
    from registration.products.outcome import outcome_of

    names = [name.strip() for name in objects.split(",") if name.strip()]
    place = output or result / FOLDER
    counts = write_dicom(outcome_of(load_result(result)), place, names, spacing)
    _summarise(counts, place)


def write_dicom(
    outcome: Outcome, place: Path, names: Sequence[str] = (), spacing_mm: float | None = None
) -> dict[str, int]:
    """Write objects, all when none is named, into a folder each; how many instances each has. All appear, or none."""
    from cli.folders import staged
    from registration.products.dicom.deformable import write_deformable
    from registration.products.dicom.identity import stamp_of
    from registration.products.dicom.objects import OBJECTS, write_objects

    stamp = stamp_of(outcome)
    with staged(place) as folder:
        written = write_objects(outcome, folder, names or tuple(OBJECTS), stamp)
        if spacing_mm and "registration" in written:
            for path in written["registration"]:
                path.unlink()
            written["registration"] = write_deformable(outcome, stamp, folder / "registration", spacing_mm)
    return {name: len(paths) for name, paths in written.items()}


def refresh_dicom(outcome: Outcome, place: Path) -> None:
    """Write the objects of a folder again after a correction; what is not there stays away."""
    from registration.products.dicom.objects import OBJECTS

    names = [name for name in OBJECTS if (place / name).is_dir()]
    if names:
        write_dicom(outcome, place, names)


def _summarise(counts: dict[str, int], place: Path) -> None:
    from cli.screen import print_facts
    from registration.archive import NOTICE

    facts = [(name, f"{count} instance{'' if count == 1 else 's'}") for name, count in counts.items()]
    print_facts("Written as DICOM", [*facts, ("folder", str(place))], [NOTICE])
