"""What a request names has to fit together: masks lie on their scans' grids, correspondences in the fixed scan."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.model import Correspondence
from registration.errors import ScanError
from registration.geometry import Grid
from registration.refinement import corrections as method


def require_same_place(mask: Grid, scan: Grid) -> None:
    """Raises `mask-grid-mismatch`."""
    if not mask.same_place(scan):
        message = (
            f"A mask must lie on its scan's grid: expected {scan.size} voxels of {scan.spacing_mm} mm, got {mask.size}"
        )
        raise ScanError("mask-grid-mismatch", f"{message} of {mask.spacing_mm} mm (x, y, z), or another place.")


def require_usable(correspondences: Iterable[Correspondence], fixed: Grid) -> None:
    """Raises what the method would object to when it has registered: `point-outside-scan`,
    `correspondences-contradict`."""
    method.CorrectionSet(fixed, tuple(method.Correspondence(one.id, one.fixed, one.moving) for one in correspondences))
