"""A queued job that names series of archives becomes one that names stored series, and goes on to be registered."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from jobs import figures, fitting, journal, pairs
from jobs.errors import NotFoundError
from jobs.intake import Received, digest_of, keep
from jobs.model import JobRecord, JobState, PacsSeries, RegistrationRequest
from jobs.ports import Ports
from pacs.dicomweb import DicomWeb, FetchLimits
from pacs.errors import PacsError
from pacs.settings import Archives
from registration.reading import ReadingLimits
from worker.attempt import attempt
from worker.claim import DEFAULT_LIMIT, Claim, Limit

STAGE = "fetching"


def fetch(job_id: str, ports: Ports, archives: Archives, limit: Limit = DEFAULT_LIMIT) -> None:
    """Fetch what the job awaits, once, however often it is delivered; then have it registered."""
    attempt(job_id, ports, lambda claim: _run(claim, ports, archives), limit)
    try:
        record = ports.jobs.get(job_id)
    except NotFoundError:
        return  # purged meanwhile
    if record.state is JobState.QUEUED and not record.request.awaited():
        ports.queue.submit(job_id)


def _run(claim: Claim, ports: Ports, archives: Archives) -> None:
    """Each series that was fetched is noted at once: whoever takes the job up later goes on with the rest."""
    began, owner = time.perf_counter(), claim.record.owner
    awaited = claim.record.request.awaited()
    for done, (field, reference) in enumerate(awaited.items()):
        series = fetched(ports, owner, archives, reference, _progress(claim, done, len(awaited)))
        _note(claim, field, series)
    require_fitting(ports, owner, claim.record.request)
    seconds = time.perf_counter() - began
    claim.move(JobState.QUEUED, stage=None, progress=0.0, attempts=0, timings_s={STAGE: round(seconds, 4)})
    ports.figures.observe(figures.STAGE, seconds, stage=STAGE)
    journal.record("job-fetched", job=claim.record.id, series=len(awaited), seconds=round(seconds, 2))


def _note(claim: Claim, field: str, series: str) -> None:
    """Name the series by its id from now on."""

    def named(record: JobRecord) -> JobRecord:
        return record.changed(request=record.request.model_copy(update={field: series}))

    claim.record = claim.write(named)


def fetched(
    ports: Ports, owner: str, archives: Archives, reference: PacsSeries, progress: Callable[[float], None]
) -> str:
    """The id of the stored series: the one that is here with the same instances, or else fetched now. Raises PacsError
    and what reading an upload raises."""
    archive = archives.open_to(owner).of(reference.pacs)
    progress(0.0)
    with DicomWeb(archive) as web, ports.artefacts.staging() as folder:
        held = {str(one.SOPInstanceUID) for one in web.search_instances(reference.study, reference.series)}
        if not held:
            raise PacsError("pacs-series-not-found", f"The archive {archive.name} holds no such series.")
        if known := already_here(ports, owner, reference, held):
            return known
        limits = FetchLimits(archive.most_bytes, archive.most_instances)
        files = web.fetch_series(
            reference.study, reference.series, folder, limits, lambda count: progress(min(count / len(held), 1.0))
        )
        if len(files) < len(held):
            message = f"The archive sent {len(files)} of {len(held)} instances."
            raise PacsError("pacs-answer-invalid", message, expected=len(held), got=len(files))
        record, _ = keep(ports, owner, received(files), folder, ReadingLimits())
    return record.id


def already_here(ports: Ports, owner: str, reference: PacsSeries, held: set[str]) -> str | None:
    """A stored series of the owner that was made of the instances that the archive holds, whichever way it came."""
    for member in pairs.members_of(ports, owner, reference.study):
        instances = {one.instance_uid for one in member.source.instances}
        if member.source.series_uid == reference.series and instances == held:
            return member.record.id
    return None


def received(files: list[Path]) -> Received:
    """What has arrived, as an upload of the same files would be."""
    digests = []
    for file in files:
        with file.open("rb") as source:
            digests.append(hashlib.file_digest(source, "sha256").hexdigest())
    return Received(tuple(files), digest_of(digests), sum(file.stat().st_size for file in files))


def require_fitting(ports: Ports, owner: str, request: RegistrationRequest) -> None:
    """What the front door checks of uploads; raises what `jobs.fitting` raises, and `pair-unconfirmed`."""
    fitting.require_fitting(ports, owner, request)
    sources = [pairs.source_of(ports, name) for name in (request.fixed, request.moving) if isinstance(name, str)]
    pairs.require_one_patient(pairs.flags(*sources), request.confirm)


def _progress(claim: Claim, done: int, of: int) -> Callable[[float], None]:
    """Tells how much of all series has arrived; raises CancelledError when someone asked to stop."""
    return lambda part: claim.report(STAGE, (done + part) / of)
