"""Landmarks and organs become the figures of a revision's field, as `kernelreg score` defines them."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.fitting import require_same_place
from jobs.messages import Evaluate
from jobs.ports import Kind, Ports
from jobs.revisions import tagged
from jobs.series import load_volume
from registration.evaluation.cases import Case
from registration.evaluation.figures import figures_of
from registration.evaluation.labels import labelled
from registration.volume import Volume
from worker.handlers.map_points import require_inside
from worker.results import OpenResults


def evaluate(request: Evaluate, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Figures by name, reasons for those without a value, and every landmark's error before and after, mm.

    Raises `point-outside-scan`, `mask-grid-mismatch`.
    """
    record = ports.jobs.get(request.job_id)
    result = results.at(record, tagged(record, request.tag))
    scans = result.stored.fixed, result.stored.moving
    fixed, moving = (np.asarray(points, np.float64).reshape(-1, 3) for points in (request.fixed, request.moving))
    require_inside(scans[0].grid, fixed)
    maps = {
        name: (_organ(ports, pair[0], scans[0]), _organ(ports, pair[1], scans[1]))
        for name, pair in request.organs.items()
    }
    landmarks = (fixed, moving) if len(fixed) else None
    figures = figures_of(Case(request.job_id, *scans, labelled(maps), maps, landmarks), result.field)
    return {
        "figures": figures.values,
        "undefined": figures.undefined,
        "errors_before_mm": figures.errors_before_mm,
        "errors_mm": figures.errors_mm,
    }


def _organ(ports: Ports, series: str, scan: Volume) -> Volume:
    """The labels of a series on the scan's grid."""
    found = load_volume(ports.artefacts.folder(Kind.SERIES, series))
    require_same_place(found.grid, scan.grid)
    return Volume(np.asarray(found.values), scan.grid)
