"""An assessment becomes one page to print: the judgement, the figures, where the margin is least, and the histogram."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from registration.ablation.assessment import Assessment
from registration.ablation.pictures import TUMOUR, ZONE, histogram_png, planes_png
from registration.products.outcome import Outcome
from registration.products.page import STYLE

FILE = "margin.html"
MORE = f"""
td:nth-child(n+2), th:nth-child(n+2) {{ text-align: right }} thead :is(th, td) {{ border-bottom: 1px solid #c9d0d9 }}
.judgement {{ font-size: 1.15rem; border-left: 4px solid #2a6fb0; padding: .5rem .9rem; background: #eef4fa }}
.key {{ display: inline-block; width: 1.4rem; height: .25rem; vertical-align: middle; margin: 0 .3rem 0 1rem }}
.tumour {{ background: {TUMOUR} }} .zone {{ background: {ZONE} }} .histogram {{ max-width: 44rem }}
.said {{ white-space: nowrap }}
@media print {{
  @page {{ size: A4; margin: 14mm }}
  html {{ font-size: 10.5px }}
  body {{ font-size: 1rem; margin: 0; padding: 0; max-width: none; -webkit-print-color-adjust: exact;
    print-color-adjust: exact }}
  h2 {{ margin: .9rem 0 .2rem; break-after: avoid }} img, table, .judgement {{ break-inside: avoid }}
}}
"""


def margin_page(of: Assessment, figures: dict[str, Any], outcome: Outcome) -> str:
    """The page, nothing loaded from elsewhere. figures: as `told` gives them."""
    at, model = figures["at"], outcome.stored.manifest["model"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ablation margin</title><style>{STYLE}{MORE}</style></head><body>
<h1>Ablation margin</h1>
<p class="faint">{escape(model["name"])} {escape(model["version"])}, corrections: {len(outcome.corrections)}.</p>
<p class="notice">{escape(figures["notice"])}</p>
<p class="judgement">{escape(figures["judgement"])}</p>
{"".join(f'<p class="notice">{escape(one)}</p>' for one in figures["warnings"])}
<h2>Margin</h2>{_margins(figures)}
<p class="faint">Signed distance from the tumour's surface to the ablation zone's, positive inside the zone. The field's
error stays below its bound {_percent(100 * figures["bound_level"])} of the time at a point; the columns take every
point's own bound off its margin, or add it.</p>
<h2>Where the margin is least</h2>
<p>{_point(at["fixed"])} mm in the fixed scan, {_point(at["moving"])} mm in the moving scan (LPS), marked +.
<span class="said"><span class="key tumour"></span>tumour <span class="key zone"></span>ablation zone</span></p>
{_image(planes_png(of, outcome), "three planes through the minimal margin with both outlines")}
<h2>Margins over the tumour's surface</h2>
{_image(histogram_png(figures["histogram"]), "share of the surface by margin", "histogram")}
<h2>Volumes</h2>{_volumes(figures)}
<h2>How it was measured</h2><ul>{"".join(f"<li>{escape(note)}</li>" for note in figures["notes"])}</ul>
</body></html>
"""


def _margins(figures: dict[str, Any]) -> str:
    percent, safe, bound = figures["surface_percent"], figures["safe_mm"], _percent(100 * figures["bound_level"])
    rows = (
        ("minimal margin, mm", *_cells(figures["minimum_mm"])),
        ("surface at 0 mm or more, %", *_cells(percent["covered"])),
        (f"surface at {safe:g} mm or more, %", *_cells(percent["safe"])),
    )
    return _table(("", "measured", f"less {bound} bound", f"plus {bound} bound"), rows)


def _volumes(figures: dict[str, Any]) -> str:
    shares, safe = figures["volume_percent"], figures["safe_mm"]
    regions = [
        (name, f"{one['scan']} scan", f"{one['drawn_ml']:.2f} ml", f"{one['ml']:.2f} ml")
        for name, one in figures["regions"].items()
    ]
    shell = "unknown" if shares["shell"] is None else _percent(shares["shell"])
    covered = f"<p>Inside the ablation zone: {_percent(shares['tumour'])} of the tumour's volume, {shell} of the tissue"
    return (
        _table(("", "drawn on", "as drawn", "on the fixed scan"), regions) + f"{covered} within {safe:g} mm of it.</p>"
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return f"<table><thead>{_row(head)}</thead><tbody>{''.join(_row(row) for row in rows)}</tbody></table>"


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = (escape(cell) for cell in cells)
    return f"<tr><th>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"


def _cells(interval: dict[str, float | None]) -> Iterator[str]:
    return ("unknown" if value is None else f"{value:.1f}" for value in interval.values())


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") + " %"


def _point(point: list[float]) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"


def _image(png: bytes, said: str, kind: str = "planes") -> str:
    data = base64.b64encode(png).decode("ascii")
    return f'<img class="{kind}" alt="{escape(said)}" src="data:image/png;base64,{data}">'
