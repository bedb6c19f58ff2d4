"""An edit of the correction set becomes a new revision and the block of the field that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobs.messages import Correct, Restore
from jobs.model import JobRecord, Revision
from jobs.ports import Kind, Ports
from jobs.products import products_folder
from jobs.revisions import commit, following, numbered, read_set, require_current, write_set
from registration.geometry import Box
from registration.refine import Refinement, refine
from registration.refinement.corrections import CorrectionSet
from worker.corrections import correction_set, corrections_of, taken
from worker.handlers.render import render_block
from worker.results import OpenResult, OpenResults


@dataclass(frozen=True)
class Edit:
    """One edit on its way: the job, the revision it starts from, the open result."""

    record: JobRecord
    current: Revision
    result: OpenResult


def correct(request: Correct, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Add, move and remove correspondences. Raises `revision-stale`, PointError; then nothing has changed."""
    edit = _begin(request, ports, results)
    after = edit.result.corrections.edited([taken(one) for one in request.set], request.remove)
    details = {"changed": tuple(one.id for one in request.set), "removed": tuple(request.remove)}
    answer = _finish(edit, after, ports, by=request.by, action="correct", details=details)
    if request.block_format and not Box(*answer["box"].values()).empty:
        answer["file"] = render_block(request, answer, edit.result, ports)
    return answer


def restore(request: Restore, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Make a new revision with the set of an earlier one. Raises `revision-stale`, `revision-not-found`."""
    edit = _begin(request, ports, results)
    wanted = numbered(edit.record, request.number)
    after = correction_set(edit.result.corrections.grid, read_set(ports, request.job_id, wanted))
    return _finish(edit, after, ports, by=request.by, action="restore", details={"restored_from": request.number})


def _begin(request: Correct | Restore, ports: Ports, results: OpenResults) -> Edit:
    record = ports.jobs.get(request.job_id)
    current = require_current(record, request.tag)
    return Edit(record, current, results.at(record, current))


def _finish(
    edit: Edit, after: CorrectionSet, ports: Ports, *, by: str, action: str, details: dict[str, Any]
) -> dict[str, Any]:
    """Compute, keep, commit, then follow in memory: a crash or a rival in between changes nothing."""
    result, job_id = edit.result, edit.record.id
    refinement = refine(result.opened.base, result.corrections, after, solver=result.opened.solver)
    kept = corrections_of(after)
    revision = following(edit.record, kept, by=by, action=action).model_copy(update=details)
    write_set(ports, job_id, revision, kept)
    commit(ports, job_id, revision, expected=edit.current.tag)
    result.patched(revision.tag, after, refinement.patch)
    _drop_products(edit.record, ports)
    return _answer(revision, refinement)


def _drop_products(record: JobRecord, ports: Ports) -> None:
    """Files of the revision before the last one: those of the last may be on their way to someone, revision 0 stays."""
    for stale in record.revisions[1:][-2:-1]:
        ports.artefacts.drop(Kind.REGISTRATION, record.id, products_folder(stale.tag))


def _answer(revision: Revision, refinement: Refinement) -> dict[str, Any]:
    box = refinement.patch.box
    return {
        "revision": revision.number,
        "tag": revision.tag,
        "box": {"start": [int(v) for v in box.start], "stop": [int(v) for v in box.stop]},
        "residuals": [{"id": r.id, "before": r.before_mm, "after": r.after_mm} for r in refinement.residuals],
        "folds": refinement.folds,
        "relaxed": list(refinement.relaxed),
        "radii_mm": refinement.radii_mm,
    }
