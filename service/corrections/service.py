"""An edit on its way to the worker, and its answer on the way back."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends

from jobs.model import Correspondence, JobRecord, Revision
from jobs.products import BLOCKS
from jobs.revisions import require_current
from service.auth import Owner
from service.corrections.schemas import (
    BoxOut,
    CorrectionOut,
    CorrectionsIn,
    CorrespondencesOut,
    ResidualOut,
    RevisionOut,
)
from service.errors import ServiceError
from service.headers import IfMatch, etag, required_tag
from service.registrations.service import find, moment
from service.schemas import CorrespondenceIn
from service.settings import Limits
from service.state import AppState


def editable(job_id: str, state: AppState, owner: Owner, if_match: IfMatch = None) -> JobRecord:
    """The registration at the revision that the client has seen; 404, 428, 412 come before the body counts."""
    record = find(state.ports, owner, job_id)
    require_current(record, required_tag(if_match))
    return record


Editable = Annotated[JobRecord, Depends(editable)]


def check_amount(body: CorrectionsIn, limits: Limits) -> None:
    """Raises `validation-failed` for more correspondences than one request may name."""
    if max(len(body.set), len(body.remove)) > limits.correspondences:
        raise ServiceError("validation-failed", f"A request may name {limits.correspondences} correspondences.")


def block_format(accept: str) -> str | None:
    """The field format that the client wants its answer in; None for JSON."""
    for one in (part.partition(";")[0].strip().lower() for part in accept.split(",")):
        if one in ("application/json", "application/*", "*/*"):
            return None
        for product in BLOCKS:
            if product.media_type == one:
                return product.format
    have = ", ".join(["application/json", *(product.media_type for product in BLOCKS)])
    raise ServiceError("not-acceptable", f"The answer comes as {have}.")


def told(job_id: str, answer: dict[str, Any]) -> CorrectionOut:
    """The worker's answer as clients see it."""
    box = BoxOut(**answer["box"])
    corners = ",".join(str(n) for n in (*box.start, *box.stop))
    return CorrectionOut(
        revision=answer["revision"],
        box=box,
        residuals=[ResidualOut(**one) for one in answer["residuals"]],
        folds=answer["folds"],
        relaxed=answer["relaxed"],
        radii_mm=answer["radii_mm"],
        field=f"/v1/registrations/{job_id}/field?revision={answer['revision']}&box={corners}",
    )


def fact_headers(answer: dict[str, Any]) -> dict[str, str]:
    """The same facts for a client that asked for the block itself; identifiers percent-encoded."""
    box = answer["box"]
    rows = ((quote(one["id"], safe=""), one["before"], one["after"]) for one in answer["residuals"])
    return {
        "ETag": etag(answer["tag"]),
        "X-Revision": str(answer["revision"]),
        "X-Box": ",".join(str(n) for n in (*box["start"], *box["stop"])),
        "X-Folds": str(answer["folds"]),
        "X-Relaxed": ";".join(quote(key, safe="") for key in answer["relaxed"])[:6000],
        "X-Residuals": ";".join(f"{key}={before:.4f}>{after:.4f}" for key, before, after in rows)[:6000],
    }


def set_out(revision: Revision, corrections: tuple[Correspondence, ...]) -> CorrespondencesOut:
    """A correction set as clients see it."""
    rows = [CorrespondenceIn(id=one.id, fixed=one.fixed, moving=one.moving) for one in corrections]
    return CorrespondencesOut(revision=revision.number, correspondences=rows)


def revision_out(revision: Revision) -> RevisionOut:
    """A revision as clients see it."""
    return RevisionOut(
        revision=revision.number,
        etag=etag(revision.tag),
        created_at=moment(revision.created_at) or "",
        by=revision.by,
        action=revision.action,
        changed=list(revision.changed),
        removed=list(revision.removed),
        restored_from=revision.restored_from,
        correspondences=revision.correspondences,
    )
