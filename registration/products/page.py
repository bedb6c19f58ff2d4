"""An outcome becomes report.html: one page to read, the picture inside, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import math
import tempfile
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from registration.products.outcome import Outcome
from registration.products.report import report_of
from registration.products.writing import appearing

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1d242e; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem }
.notice { background: #fff3d6; border-left: 4px solid #ffb000; padding: .5rem .9rem; margin: 1rem 0 }
table { border-collapse: collapse } td, th { padding: .2rem 1.4rem .2rem 0; text-align: left; vertical-align: top }
th { font-weight: 500; color: #5b6674 } td { font-variant-numeric: tabular-nums }
img { width: 100%; border-radius: 6px }
.faint { color: #5b6674 }
"""
Rows = Iterable[tuple[object, ...]]


def write_page(outcome: Outcome, path: Path) -> None:
    """report.html; takes the preview.png beside it when there is one, else draws it."""
    with appearing(path) as fresh:
        fresh.write_text(_page(report_of(outcome), _picture(outcome, path.with_name("preview.png"))), "utf-8")


def _page(report: dict[str, Any], picture: bytes) -> str:
    model = report["model"]
    image = base64.b64encode(picture).decode("ascii")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Registration report</title><style>{STYLE}</style></head><body>
<h1>Registration report</h1>
<p class="faint">{escape(model["name"])} {escape(model["version"])}, preset {escape(report["preset"])}.
 Direction: {escape(report["direction"])}.</p>
<p class="notice">{escape(report["notice"])}</p>
<h2>How it went</h2>{_table(_figures(report))}
<h2>What it looks like</h2><img alt="fixed, moving, warped and differences in three planes"
 src="data:image/png;base64,{image}">
<h2>Corrections</h2>{_corrections(report["corrections"])}
<h2>Scans</h2>{_table(_scans(report))}
<h2>Time</h2>{_table((stage, f"{seconds:.2f} s") for stage, seconds in report["timings_s"].items())}
<p class="faint">Weights {escape(model["weights_sha256"] or "none")}</p></body></html>
"""


def _figures(report: dict[str, Any]) -> Rows:
    moved, error, bound, jacobian, alike = (
        report[key] for key in ("displacement_mm", "expected_error_mm", "bound_mm", "jacobian", "likeness")
    )
    yield "matched keypoints", f"{report['keypoints']}, found by {report['detector']}"
    yield "displacement", f"{moved['median']:.1f} mm median, {moved['max']:.1f} mm largest"
    for name, spread in (("expected error", error), (f"{100 * bound['level']:.0f} % within", bound)):
        yield name, _median_and_worst(spread)
    yield (
        "likeness of the scans",
        f"correlation {alike['correlation_before']:.3f} before, {alike['correlation_after']:.3f} after",
    )
    yield "folded voxels (J ≤ 0)", f"{jacobian['folds']} ({jacobian['folds_percent']:.4f} %)"
    yield "change of volume", f"{jacobian['jacobian_min']:.2f} to {jacobian['jacobian_max']:.2f} times"
    yield "std of log J", f"{jacobian['sd_log_jacobian']:.3f} (Learn2Reg: {jacobian['sd_log_jacobian_learn2reg']:.4f})"


def _median_and_worst(spread: dict[str, float]) -> str:
    """As people read it; of a field that was computed elsewhere nothing is known."""
    if not math.isfinite(spread["median"]):
        return "unknown"
    return f"{spread['median']:.1f} mm median, {spread['p90']:.1f} mm in the worst tenth"


def _scans(report: dict[str, Any]) -> Rows:
    for name in ("fixed", "moving"):
        grid = report[f"{name}_grid"]
        size, spacing = " × ".join(map(str, grid["size"])), " × ".join(f"{s:.3f}" for s in grid["spacing_mm"])
        origin = ", ".join(f"{v:.1f}" for v in grid["origin_mm"])
        yield name, f"{size} voxels of {spacing} mm, from ({origin}) mm LPS"


def _corrections(corrections: list[dict[str, Any]]) -> str:
    if not corrections:
        return "<p>None.</p>"
    rows = [(one["id"], f"{one['before_mm']:.2f} mm", f"{one['after_mm']:.2f} mm") for one in corrections]
    return _table([("", "before", "after"), *rows])


def _table(rows: Rows) -> str:
    def cells(first: object, *rest: object) -> str:
        return f"<th>{escape(str(first))}</th>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)

    return "<table>" + "".join(f"<tr>{cells(*row)}</tr>" for row in rows) + "</table>"


def _picture(outcome: Outcome, beside: Path) -> bytes:
    if beside.is_file():
        return beside.read_bytes()
    from registration.products.preview import write_preview  # matplotlib takes a second to load

    with tempfile.TemporaryDirectory() as folder:
        write_preview(outcome, Path(folder) / "preview.png")
        return (Path(folder) / "preview.png").read_bytes()
