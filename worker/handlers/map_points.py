"""Points of one scan become points of the other, by the field of a revision."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.messages import Direction, MapPoints
from jobs.ports import Ports
from jobs.revisions import tagged
from registration.errors import PointError
from registration.field.inverse import inverse_points
from registration.geometry import Grid
from registration.geometry.grid import Floats
from worker.results import OpenResults


def map_points(request: MapPoints, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """The points in the other scan, in the same order; on the way back with the residual of the inverse, mm."""
    record = ports.jobs.get(request.job_id)
    points = np.asarray(request.points, np.float64).reshape(-1, 3)
    field = results.at(record, tagged(record, request.tag)).for_points(len(points))
    if request.direction is Direction.MOVING_TO_FIXED:
        found = inverse_points(field, points)
        rows = found.points_mm.tolist(), found.residual_mm.tolist(), found.converged.tolist()
        return dict(zip(("points", "residual_mm", "converged"), rows, strict=True))
    require_inside(field.grid, points)
    return {"points": field.map_points(points).tolist()}


def require_inside(grid: Grid, points: Floats) -> None:
    """Raises `point-outside-scan` unless every point (N, 3) mm lies in the fixed scan."""
    outside = np.flatnonzero(~grid.contains(points))
    if outside.size:
        low, high = grid.corners().min(0).round(1).tolist(), grid.corners().max(0).round(1).tolist()
        message = (
            f"{outside.size} of {len(points)} points lie outside the fixed scan, which lies within {low} to {high} mm"
            f" (LPS); the first is points[{outside[0]}] at {points[outside[0]].tolist()}."
        )
        raise PointError("point-outside-scan", message, indices=outside[:100].tolist())
