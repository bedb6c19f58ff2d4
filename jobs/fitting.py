"""What a request names has to fit together: masks lie on their scans' grids, correspondences in the fixed scan."""

from __future__ import annotations

from jobs.field_intake import require_field
from jobs.intake import find
from jobs.model import RegistrationRequest
from jobs.ports import Ports
from registration.errors import ScanError
from registration.geometry import Grid
from registration.refinement import corrections as method


def require_fitting(ports: Ports, owner: str, request: RegistrationRequest) -> None:
    """Check what is here of the series that a request names. Raises `series-not-found`, `mask-grid-mismatch`,
    `field-unreadable`, `field-grid-mismatch`, `point-outside-scan`, `correspondences-contradict`."""
    grids = {
        field: find(ports, owner, name).placed() for field, name in request.named().items() if isinstance(name, str)
    }
    for side in ("fixed", "moving"):
        if side in grids and f"{side}_mask" in grids:
            require_same_place(grids[f"{side}_mask"], grids[side])
    if request.field:
        require_field(find(ports, owner, request.field), grids.get("fixed"))
    if "fixed" in grids:
        kept = [method.Correspondence(one.id, one.fixed, one.moving) for one in request.correspondences]
        method.CorrectionSet(grids["fixed"], tuple(kept))


def require_same_place(mask: Grid, scan: Grid) -> None:
    """Raises `mask-grid-mismatch`."""
    if not mask.same_place(scan):
        message = (
            f"A mask must lie on its scan's grid: expected {scan.size} voxels of {scan.spacing_mm} mm, got {mask.size}"
        )
        raise ScanError("mask-grid-mismatch", f"{message} of {mask.spacing_mm} mm (x, y, z), or another place.")
