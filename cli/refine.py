"""`kernelreg refine`: clicked correspondences change a stored result near the clicks, and its files follow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.archive import StoredResult
    from registration.refine import Refinement
    from registration.refinement.corrections import CorrectionSet

UNTOUCHED = ("confidence.nii.gz", "error_mm.nii.gz", "bound_mm.nii.gz", "attention_std.nii.gz")
"""Products that corrections do not change."""


def refine(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` made.")],
    correspondences: Annotated[
        Path | None,
        typer.Option(help="Pairs to add or move: CSV [id,] fixed_x,...,moving_z in mm, or DICOM Spatial Fiducials."),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Id of a pair to remove; may be repeated.")] = None,
) -> None:
    """Make the field of DIR pass through clicked pairs; away from them it stays as it is, bit for bit."""
    from cli.tables import corrections_from
    from registration.archive import load_result
    from registration.refine import refine as run

    if correspondences is None and not remove:
        raise typer.BadParameter("give --correspondences, --remove or both")
    stored = load_result(result)
    before = stored.corrections
    after = before.edited(set=corrections_from(correspondences) if correspondences else (), remove=remove or ())
    change = run(stored.base, before, after)
    _rewrite(stored, after)
    _summarise(change, stored)


def _rewrite(stored: StoredResult, corrections: CorrectionSet) -> None:
    """All products that are there and the standard ones, first; the corrections that they show, last."""
    from cli.dicom import FOLDER, refresh_dicom
    from cli.folders import staged
    from registration.archive import save_corrections
    from registration.products.catalogue import PRODUCTS, STANDARD, write_products
    from registration.products.outcome import outcome_of

    there = {path.name for path in stored.folder.iterdir()}
    names = tuple(n for n in PRODUCTS if n not in UNTOUCHED and (n in STANDARD or n in there))
    outcome = outcome_of(stored, corrections)
    with staged(stored.folder) as folder:
        write_products(outcome, folder, names)
    refresh_dicom(outcome, stored.folder / FOLDER)
    save_corrections(stored.folder, corrections)


def _summarise(change: Refinement, stored: StoredResult) -> None:
    from cli.screen import print_facts, print_table

    share = 100 * change.patch.vectors_mm[..., 0].size / stored.base.vectors_mm[..., 0].size
    facts = [
        ("corrections", str(len(change.residuals))),
        ("changed", f"a box of {share:.1f} % of the voxels, {change.folds} of them folded"),
        ("result", str(stored.folder)),
    ]
    relaxed = f"met only in part, to keep the field from folding: {', '.join(change.relaxed)}"
    print_facts("Refined", facts, [relaxed] if change.relaxed else [])
    if change.residuals:
        reach = {key: f"{radius:.0f}" for key, radius in change.radii_mm.items()}
        rows = [(r.id, f"{r.before_mm:.2f}", f"{r.after_mm:.2f}", reach.get(r.id, "-")) for r in change.residuals]
        print_table(("id", "before mm", "after mm", "reach mm"), rows)
