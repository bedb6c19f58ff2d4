"""`kernelreg warp`: another volume or a label map of the moving scan becomes one on the fixed scan's grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.products.carried import Carried
    from registration.products.dicom.segments import Segment
    from registration.products.outcome import Outcome
    from registration.volume import Volume


def warp(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` or `adopt` made.")],
    volume: Annotated[
        Path,
        typer.Argument(help="A volume on any grid of its own, or the moving scan's RT Structure Set or Segmentation."),
    ],
    output: Annotated[Path, typer.Option(help="*.nii.gz, *.mha or *.nrrd; anything else is a new folder for DICOM.")],
    labels: Annotated[bool, typer.Option("--labels", help="The volume holds labels, not intensities.")] = False,
    roi: Annotated[
        list[str] | None,
        typer.Option(help="Region of a structure set or segmentation; may be repeated. All by default."),
    ] = None,
) -> None:
    """Pull VOLUME to the fixed scan through the field of DIR, corrections included, with one interpolation."""
    from cli.scans import naming
    from registration.archive import load_result
    from registration.products.carried import carried
    from registration.products.outcome import outcome_of

    outcome = outcome_of(load_result(result))
    with naming(volume):
        source, segments = _source(volume, roi or [], outcome.stored.moving)
        found = carried(source, outcome.field, "labels" if labels or segments else "intensity")
    _write(found, source, segments, outcome, output)
    _summarise(found, output)


def _source(path: Path, rois: list[str], moving: Volume) -> tuple[Volume, dict[int, Segment]]:
    """What is to be carried, and what its labels are called where the file says so."""
    from registration.products.regions import holds_regions, regions_as_labels
    from registration.reading import ReadingLimits, read_scan

    if holds_regions(path):
        return regions_as_labels(path, moving, rois)
    if rois:
        raise typer.BadParameter(f"{path.name} is no structure set or segmentation, so there is no region to choose")
    return read_scan(path, limits=ReadingLimits(smallest_axis=1)).volume, {}


def _write(found: Carried, source: Volume, segments: dict[int, Segment], outcome: Outcome, output: Path) -> None:
    from cli.folders import staged
    from registration.products.carried_file import SUFFIXES, write_carried, write_carried_dicom
    from registration.products.dicom.identity import stamp_of

    format = next((name for name, suffix in SUFFIXES.items() if output.name.endswith(suffix)), None)
    if format:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_carried(found, output, format)
        return
    with staged(output) as folder:
        write_carried_dicom(found, source, outcome, stamp_of(outcome), folder, segments)


def _summarise(found: Carried, output: Path) -> None:
    from cli.screen import print_facts, print_table

    outside = f"{found.summary['outside_percent']:.1f} % of the fixed scan"
    print_facts("Warped", [("beyond the volume", outside), ("written", str(output))])
    if rows := found.summary.get("labels"):
        cells = [
            (str(one["label"]), *(f"{one[key]:.2f}" for key in ("before_ml", "after_ml")), f"{one['left_percent']:.1f}")
            for one in rows
        ]
        print_table(("label", "moving ml", "fixed ml", "left the fixed scan %"), cells)
