"""Masks of a tumour and its ablation zone become the margin by a revision's field, as `kernelreg margin` tells it."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.fitting import require_same_place
from jobs.margins import page_place
from jobs.messages import Drawn, Margin
from jobs.ports import Kind, Ports
from jobs.revisions import tagged
from jobs.series import load_volume
from registration.ablation.assessment import Assessment, Treatment, assess
from registration.ablation.regions import Region
from registration.ablation.told import told
from registration.volume import Volume
from worker.results import OpenResult, OpenResults


def margin(request: Margin, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """The figures, and where the report lies when it was asked for.

    Raises `mask-grid-mismatch`, `mask-empty`, `figure-undefined`, `scans-do-not-overlap`.
    """
    record = ports.jobs.get(request.job_id)
    result = results.at(record, tagged(record, request.tag))
    found = assess(_treatment(request, ports, result), result.field, result.stored)
    figures = told(found, corrections=len(result.corrections))
    return {"figures": figures} | ({"file": _page(request, ports, result, found, figures)} if request.page else {})


def _page(request: Margin, ports: Ports, result: OpenResult, found: Assessment, figures: dict[str, Any]) -> str:
    """Where the report lies; what was written before is not written twice."""
    from registration.ablation.page import FILE, margin_page  # matplotlib takes a second to load

    place = page_place(request)
    if not ports.artefacts.file(Kind.REGISTRATION, request.job_id, place):
        with ports.artefacts.staging() as staged:
            (staged / FILE).write_text(margin_page(found, figures, result.outcome), "utf-8")
            ports.artefacts.place(Kind.REGISTRATION, request.job_id, place, staged / FILE)
    return place


def _treatment(request: Margin, ports: Ports, result: OpenResult) -> Treatment:
    return Treatment(
        _region(request.tumour, ports, result),
        _region(request.ablation, ports, result),
        _region(request.organ, ports, result) if request.organ else None,
        request.capsule_mm,
    )


def _region(drawn: Drawn, ports: Ports, result: OpenResult) -> Region:
    """What a series selects, on the grid of the scan it was drawn on."""
    scan = result.stored.fixed if drawn.scan == "fixed" else result.stored.moving
    found = load_volume(ports.artefacts.folder(Kind.SERIES, drawn.mask))
    require_same_place(found.grid, scan.grid)
    return Region(drawn.scan, Volume(np.asarray(found.values), scan.grid))
