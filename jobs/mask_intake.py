"""A file that describes a region of a stored scan becomes a stored mask: a series of 0 and 1 on the scan's grid."""

from __future__ import annotations

from pathlib import Path

from jobs.errors import NotFoundError
from jobs.intake import Kept, Received, find, published, record_of, series_id
from jobs.ports import Ports
from jobs.series import VALUES, SeriesRecord
from registration.reading import Scan, ScanReport, read_mask


def keep_mask(ports: Ports, scan: SeriesRecord, received: Received, folder: Path, part: str | None) -> Kept:
    """The mask in the uploaded files (all there is in `folder`) on a scan of the same owner, and whether it is new.

    Raises ScanError with `mask-part-unknown`, `mask-grid-mismatch`, `mask-empty` and what reading raises; then nothing
    is kept.
    """
    name = series_id(scan.owner, received.digest, "mask", scan.id, part or "")
    try:
        return find(ports, scan.owner, name), False
    except NotFoundError:
        pass
    with ports.artefacts.staging() as staged:
        mask = on_scan(scan, received.source(folder), part, staged / VALUES)
        return published(ports, staged, record_of(name, scan.owner, received, mask), mask.volume)


def on_scan(scan: SeriesRecord, source: Path, part: str | None, voxels_file: Path) -> Scan:
    """The mask on the scan's grid, its voxels in a file, and a report of where it lies and how much it holds."""
    grid, frame = scan.placed(), scan.report.get("frame_of_reference_uid")
    volume = read_mask(source, grid, part, frame_uid=frame, voxels_file=voxels_file)
    litres = 1e-6 * float((volume.values > 0).sum()) * grid.spacing_mm[0] * grid.spacing_mm[1] * grid.spacing_mm[2]
    report = ScanReport(
        kind="mask",
        modality=None,
        size=grid.size,
        spacing_mm=grid.spacing_mm,
        origin_mm=grid.origin_mm,
        direction=grid.direction,
        value_range=(float(volume.values.min()), float(volume.values.max())),
        instances_used=1,
        frame_of_reference_uid=frame,
        notes=(f"a mask of {1000 * litres:.1f} ml on series {scan.id}",),
    )
    return Scan(volume, report)
