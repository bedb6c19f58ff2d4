"""A queued job becomes a stored result: load both scans, register, keep everything, or say why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, cast

from jobs import figures, journal, pairs
from jobs.field_intake import load_field
from jobs.model import JobState, PacsSeries, Revision
from jobs.ports import Kind, Ports
from jobs.revisions import following, original, write_set
from jobs.series import load_volume
from registration.adopt import adopt
from registration.archive import save_result
from registration.errors import ScanError
from registration.plain import plain
from registration.result import Registration
from registration.volume import Volume
from worker.attempt import attempt
from worker.claim import DEFAULT_LIMIT, Claim, Limit
from worker.corrections import correction_set, corrections_of
from worker.field_cache import keep
from worker.results import RESULT


class Method(Protocol):
    """What turns two volumes into a registration: `registration.register.register` with its model and weights."""

    def __call__(  # noqa: PLR0913 everything that a request chooses
        self,
        fixed: Volume,
        moving: Volume,
        *,
        preset: str,
        fixed_mask: Volume | None,
        moving_mask: Volume | None,
        detector: str,
        max_keypoints: int | None,
        finish: bool,
        progress: Callable[[str, float], None],
    ) -> Registration:
        """The field from fixed to moving; `progress` raises to cancel."""


def register_pair(job_id: str, ports: Ports, method: Method, limit: Limit = DEFAULT_LIMIT) -> None:
    """Run the job once, however often it is delivered; its record tells how it ended."""
    attempt(job_id, ports, lambda claim: _run(claim, ports, method), limit)


def _run(claim: Claim, ports: Ports, method: Method) -> None:
    request, job_id, began = claim.record.request, claim.record.id, time.perf_counter()
    fixed, moving = _volume(ports, request.fixed), _volume(ports, request.moving)
    flags = pairs.flags(fixed.source, moving.source)
    pairs.require_one_patient(flags, request.confirm)
    if request.field:
        registration = adopt(fixed, moving, load_field(ports, request.field), progress=claim.report)
    else:
        registration = _registered(claim, ports, method, fixed, moving)
    claim.report("storing", 0.99)
    revisions = _store(claim, ports, fixed, moving, registration)
    timings = claim.record.timings_s | registration.timings_s | {"total": time.perf_counter() - began}
    claim.move(
        JobState.SUCCEEDED,
        stage=None,
        progress=1.0,
        model=vars(registration.model),
        qa=cast(dict[str, Any], plain(registration.qa)),
        timings_s={stage: round(seconds, 4) for stage, seconds in timings.items()},
        revisions=revisions,
        notices=pairs.notices(flags),
    )
    journal.record("job-succeeded", job=job_id, seconds=round(timings["total"], 2))
    for stage, seconds in timings.items():
        ports.figures.observe(figures.STAGE, seconds, stage=stage)
    ports.figures.count(figures.ENDED, state=JobState.SUCCEEDED, code="ok")


def _registered(claim: Claim, ports: Ports, method: Method, fixed: Volume, moving: Volume) -> Registration:
    """What the method makes of the two scans as the request has it."""
    request = claim.record.request
    masks = [_mask(ports, name, scan) for name, scan in ((request.fixed_mask, fixed), (request.moving_mask, moving))]
    return method(
        fixed,
        moving,
        preset=request.preset,
        fixed_mask=masks[0],
        moving_mask=masks[1],
        detector=request.keypoints.detector,
        max_keypoints=request.keypoints.max,
        finish=request.finish,
        progress=claim.report,
    )


def _store(
    claim: Claim, ports: Ports, fixed: Volume, moving: Volume, registration: Registration
) -> tuple[Revision, ...]:
    """Keep the result, and the corrections that came with the request as its first revision."""
    job_id, corrections = claim.record.id, claim.record.request.correspondences
    checked = correction_set(registration.field.grid, corrections)
    with ports.artefacts.staging() as staged:
        save_result(staged / RESULT, fixed, moving, registration)
        ports.artefacts.publish(Kind.REGISTRATION, job_id, staged, replace=True)
    first = original(claim.record.owner)
    if ports.cache:
        keep(ports.cache, job_id, first.tag, registration.field)
    if not corrections:
        return (first,)
    kept = corrections_of(checked)
    second = following(claim.record.changed(revisions=(first,)), kept, by=claim.record.owner, action="correct")
    write_set(ports, job_id, second, kept)
    return first, second.model_copy(update={"changed": checked.ids})


def _volume(ports: Ports, series: str | PacsSeries) -> Volume:
    assert isinstance(series, str)  # whatever was in an archive has been fetched before
    return load_volume(ports.artefacts.folder(Kind.SERIES, series))


def _mask(ports: Ports, series: str | PacsSeries | None, scan: Volume) -> Volume | None:
    """The mask on its scan's grid, None where none was given."""
    if series is None:
        return None
    mask = _volume(ports, series)
    if not mask.values.any():
        raise ScanError("mask-empty", "The mask selects no voxel.")
    return Volume(mask.values, scan.grid)
