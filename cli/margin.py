"""`kernelreg margin`: masks of a tumour and its ablation zone become the margin of a result, printed and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from registration.ablation.assessment import Assessment
    from registration.ablation.regions import Region, Side
    from registration.products.outcome import Outcome


PARTS = ("tumour", "ablation", "organ")
Drawn = Annotated[str, typer.Option(metavar="FILE[:ROI]", help="A mask on its scan, or a region of RTSTRUCT or SEG.")]


def margin(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `register` or `adopt` made.")],
    tumour: Drawn,
    ablation: Drawn,
    organ: Annotated[str, typer.Option(metavar="FILE[:ROI]", help="For a subcapsular tumour.")] = "",
    on_moving: Annotated[
        str, typer.Option(metavar="NAMES", help="Those of tumour, ablation, organ that the moving scan shows.")
    ] = "ablation",
    capsule: Annotated[
        float, typer.Option(min=0.0, max=50.0, help="Surface so near the organ's border, in mm, is left out.")
    ] = 5.0,
    report: Annotated[bool, typer.Option("--report", help="Also write margin.html, a page to print.")] = False,
    output: Annotated[Path | None, typer.Option(help="Folder for margin.json; default DIR.")] = None,
) -> None:
    """Measure how far the ablation zone reaches around the tumour, with what the field's bound leaves of it."""
    from registration.ablation.assessment import Treatment, assess
    from registration.ablation.told import told
    from registration.archive import load_result
    from registration.plain import json_text
    from registration.products.outcome import outcome_of
    from registration.products.writing import appearing

    sides, outcome = _sides(on_moving), outcome_of(load_result(result))
    treatment = Treatment(
        _region(tumour, sides["tumour"], outcome),
        _region(ablation, sides["ablation"], outcome),
        _region(organ, sides["organ"], outcome) if organ else None,
        capsule,
    )
    found = assess(treatment, outcome.field, outcome.stored)
    figures = told(found, corrections=len(outcome.corrections))
    place = output or result
    place.mkdir(parents=True, exist_ok=True)
    with appearing(place / "margin.json") as fresh:
        fresh.write_text(json_text(figures), "utf-8")
    if report:
        _write_page(found, figures, outcome, place)
    _show(figures)


def _write_page(found: Assessment, figures: dict[str, Any], outcome: Outcome, place: Path) -> None:
    from registration.ablation.page import FILE, margin_page
    from registration.products.writing import appearing

    with appearing(place / FILE) as fresh:
        fresh.write_text(margin_page(found, figures, outcome), "utf-8")


def _sides(on_moving: str) -> dict[str, Side]:
    """The scan of every part."""
    names = {name.strip() for name in on_moving.split(",") if name.strip()}
    if unknown := names - set(PARTS):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))} is none of {', '.join(PARTS)}", param_hint="--on-moving"
        )
    return {part: "moving" if part in names else "fixed" for part in PARTS}


def _region(named: str, scan: Side, outcome: Outcome) -> Region:
    """FILE or FILE:ROI; a file whose own name holds a colon is taken as it is."""
    from cli.scans import mask_at
    from registration.ablation.regions import Region

    whole = Path(named).exists() or ":" not in named
    path, roi = (named, None) if whole else named.rsplit(":", 1)
    stored = outcome.stored.fixed if scan == "fixed" else outcome.stored.moving
    mask = mask_at(Path(path), stored, roi)
    assert mask is not None
    return Region(scan, mask)


def _show(figures: dict[str, Any]) -> None:
    from cli.screen import print_facts, print_table

    level, percent = f"{100 * figures['bound_level']:.0f} % bound", figures["surface_percent"]
    rows = [
        ("minimal margin, mm", *_cells(figures["minimum_mm"])),
        ("surface at 0 mm or more, %", *_cells(percent["covered"])),
        (f"surface at {figures['safe_mm']:g} mm or more, %", *_cells(percent["safe"])),
    ]
    print_table(("margin", "measured", f"less {level}", f"plus {level}"), rows)
    shell = figures["volume_percent"]["shell"]
    facts = [
        ("at", f"{_point(figures['at']['fixed'])} fixed, {_point(figures['at']['moving'])} moving, mm LPS"),
        ("tumour's volume covered", f"{figures['volume_percent']['tumour']:.1f} %"),
        (f"tissue within {figures['safe_mm']:g} mm covered", "unknown" if shell is None else f"{shell:.1f} %"),
        *((name, f"{one['ml']:.2f} ml") for name, one in figures["regions"].items()),
    ]
    print_facts(figures["judgement"], facts, [*figures["warnings"], *figures["notes"], figures["notice"]])


def _cells(interval: dict[str, float | None]) -> list[str]:
    return ["unknown" if value is None else f"{value:.1f}" for value in interval.values()]


def _point(point: list[float]) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"
