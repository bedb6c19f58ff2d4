"""`kernelreg adopt`: two scans and a field that another tool computed become a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.register import ScanPath

if TYPE_CHECKING:
    from registration.products.outcome import Outcome
    from registration.result import Registration
    from registration.volume import Volume

FieldPath = Annotated[
    Path,
    typer.Argument(
        help="Displacement field, fixed to moving: NIfTI, MHA, NRRD, ITK transform (.h5), Learn2Reg npz,"
        " DICOM Deformable Spatial Registration."
    ),
]


def adopt(
    fixed: ScanPath,
    moving: ScanPath,
    field: FieldPath,
    output: Annotated[Path, typer.Option(help="Folder for the result; made when it does not exist.")],
) -> None:
    """Take over a FIELD that another tool computed: to refine, map points, evaluate, warp and export it."""
    from cli.folders import staged
    from cli.scans import naming, scan_at
    from registration.adopt import adopt as run
    from registration.reading.fields import open_field

    with staged(output) as folder:
        scans = scan_at(fixed).volume, scan_at(moving).volume
        with naming(field):
            result = run(*scans, open_field(field))
        outcome = _written(folder, scans, result)
    _summarise(outcome, output)


def _written(folder: Path, scans: tuple[Volume, Volume], result: Registration) -> Outcome:
    from registration.archive import load_result, save_result
    from registration.products.catalogue import write_products
    from registration.products.outcome import outcome_of

    save_result(folder, *scans, result)
    outcome = outcome_of(load_result(folder))
    write_products(outcome, folder)
    return outcome


def _summarise(outcome: Outcome, output: Path) -> None:
    from cli.screen import print_facts
    from registration.products.report import report_of

    report = report_of(outcome)
    moved, figures, alike, qa = (report[k] for k in ("displacement_mm", "jacobian", "likeness", "qa_at_registration"))
    facts = [
        ("field", f"{qa['adopted']}, leads {qa['arriving_percent']:.0f} % of the fixed scan into the moving one"),
        ("displacement", f"{moved['median']:.1f} mm median, {moved['max']:.1f} mm largest"),
        ("expected error", "unknown, the field was computed elsewhere"),
        ("likeness", f"correlation {alike['correlation_before']:.3f} before, {alike['correlation_after']:.3f} after"),
        ("smoothness", f"std of log J {figures['sd_log_jacobian']:.3f}, {figures['folds']} folded voxels"),
        ("result", str(output)),
    ]
    print_facts("Adopted", facts, [*qa["notes"], report["notice"]])
