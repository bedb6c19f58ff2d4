"""`kernelreg inspect`: what kernelreg sees in a scan: geometry, what was used, what was left out and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registration.reading import ScanReport


def inspect(
    path: Annotated[Path, typer.Argument(help="Folder or zip of DICOM, or a NIfTI, MHA or NRRD file.")],
    regrid: Annotated[bool, typer.Option("--regrid", help="Resample slices that form no regular grid.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Report the geometry of a scan without registering anything."""
    from cli.scans import scan_at
    from cli.screen import print_facts
    from registration.plain import json_text

    report = scan_at(path, regrid=regrid).report
    if as_json:
        typer.echo(json_text(report.as_dict()), nl=False)
        return
    print_facts(path.name, _facts(report), [*report.notes, *_dropped(report)])


def _facts(report: ScanReport) -> list[tuple[str, str]]:
    low, high = report.value_range
    facts = [
        ("format", report.kind + (f", {report.modality}" if report.modality else "")),
        ("voxels", " × ".join(map(str, report.size))),
        ("spacing", " × ".join(f"{s:.3f}" for s in report.spacing_mm) + " mm"),
        ("extent", " × ".join(f"{n * s:.0f}" for n, s in zip(report.size, report.spacing_mm, strict=True)) + " mm"),
        ("origin", ", ".join(f"{v:.1f}" for v in report.origin_mm) + " mm LPS"),
        ("axes", "  ".join(_axis(report, k) for k in range(3))),
        ("values", f"{low:g} to {high:g}"),
        ("files used", str(report.instances_used)),
    ]
    if report.slice_gaps:
        gaps = report.slice_gaps
        facts.append(("slice gaps", f"{gaps.smallest_mm:.3f} to {gaps.largest_mm:.3f} mm, mean {gaps.mean_mm:.3f} mm"))
    if report.tilt_degrees is not None:
        facts.append(("gantry tilt", f"{report.tilt_degrees:.2f}°"))
    return facts


def _axis(report: ScanReport, axis: int) -> str:
    """Where an axis of the grid runs: the nearest patient direction, with its angle when oblique."""
    import numpy as np

    column = np.asarray(report.direction)[:, axis]
    nearest = int(np.argmax(np.abs(column)))
    letter = ("RL", "AP", "IS")[nearest][int(column[nearest] > 0)]
    angle = float(np.degrees(np.arccos(min(1.0, abs(float(column[nearest]))))))
    return f"{'xyz'[axis]} → {letter}" + (f" ({angle:.1f}° off)" if angle > 0.1 else "")


def _dropped(report: ScanReport) -> list[str]:
    shown = [f"left out: {one.name} ({one.reason})" for one in report.dropped[:10]]
    more = len(report.dropped) - len(shown)
    return shown + ([f"and {more} more files left out"] if more > 0 else [])
