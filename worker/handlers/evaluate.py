"""Landmarks and organs become the figures of a revision's field, as `kernelreg score` defines them."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.fitting import require_same_place
from jobs.messages import Evaluate
from jobs.ports import Kind, Ports
from jobs.revisions import tagged
from jobs.series import load_volume
from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.cases import Case
from registration.evaluation.figures import add_landmarks, figures_of
from registration.evaluation.labels import labelled
from registration.geometry.grid import Floats
from registration.volume import Volume
from worker.handlers.map_points import require_inside
from worker.results import OpenResult, OpenResults


def evaluate(request: Evaluate, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Figures by name, reasons for those without a value, and every landmark's error before and after, mm.

    Landmarks alone read the field where they lie. Raises `point-outside-scan`, `mask-grid-mismatch`.
    """
    record = ports.jobs.get(request.job_id)
    result = results.at(record, tagged(record, request.tag))
    fixed, moving = (np.asarray(points, np.float64).reshape(-1, 3) for points in (request.fixed, request.moving))
    require_inside(result.opened.base.grid, fixed)
    figures = _whole(request, ports, result, (fixed, moving)) if request.organs else CaseFigures(request.job_id)
    if not request.organs:
        add_landmarks(figures, (fixed, moving), result.for_points(len(fixed)))
    return {
        "figures": figures.values,
        "undefined": figures.undefined,
        "errors_before_mm": figures.errors_before_mm,
        "errors_mm": figures.errors_mm,
    }


def _whole(request: Evaluate, ports: Ports, result: OpenResult, landmarks: tuple[Floats, Floats]) -> CaseFigures:
    """Everything: of the landmarks, of the organs, and of the field in them."""
    scans = result.stored.fixed, result.stored.moving
    maps = {
        name: (_organ(ports, pair[0], scans[0]), _organ(ports, pair[1], scans[1]))
        for name, pair in request.organs.items()
    }
    known = landmarks if len(landmarks[0]) else None
    return figures_of(Case(request.job_id, *scans, labelled(maps), maps, known), result.field)


def _organ(ports: Ports, series: str, scan: Volume) -> Volume:
    """The labels of a series on the scan's grid."""
    found = load_volume(ports.artefacts.folder(Kind.SERIES, series))
    require_same_place(found.grid, scan.grid)
    return Volume(np.asarray(found.values), scan.grid)
