"""A revision of a registration becomes the stamp of its DICOM objects: however often they are written, the same."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.model import JobRecord, Revision
from registration.products.dicom.identity import Stamp


def stamp_at(record: JobRecord, revision: Revision) -> Stamp:
    """What names the objects of a revision."""
    return Stamp(record.id, revision.tag, datetime.fromtimestamp(revision.created_at, UTC))
