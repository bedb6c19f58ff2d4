"""Revisions of a registration: where each correction set lies, and how a new one becomes the current one."""

from __future__ import annotations

import json
import time

from jobs.errors import JobError, NotFoundError
from jobs.model import Correspondence, JobRecord, JobState, Revision, new_tag
from jobs.ports import Kind, Ports

ORIGINAL = "original"


def original(owner: str) -> Revision:
    """Revision 0: the field as registered, no corrections. Its set is empty and lies nowhere."""
    return Revision(number=0, tag=new_tag(0), created_at=time.time(), by=owner, action=ORIGINAL)


def following(record: JobRecord, corrections: tuple[Correspondence, ...], *, by: str, action: str) -> Revision:
    """The revision after the current one, with a tag of its own."""
    number = record.revisions[-1].number + 1
    count = len(corrections)
    return Revision(
        number=number, tag=new_tag(number), created_at=time.time(), by=by, action=action, correspondences=count
    )


def read_set(ports: Ports, job_id: str, revision: Revision) -> tuple[Correspondence, ...]:
    """The corrections of a revision."""
    if revision.action == ORIGINAL:
        return ()
    path = ports.artefacts.file(Kind.REGISTRATION, job_id, set_file(revision.tag))
    if path is None:
        raise NotFoundError("revision-not-found", "The corrections of this revision are gone.")
    return tuple(Correspondence.model_validate(one) for one in json.loads(path.read_text()))


def write_set(ports: Ports, job_id: str, revision: Revision, corrections: tuple[Correspondence, ...]) -> None:
    """Keep the corrections of a revision before anyone is told of it."""
    with ports.artefacts.staging() as staged:
        (staged / "set.json").write_text(json.dumps([one.model_dump() for one in corrections]))
        ports.artefacts.place(Kind.REGISTRATION, job_id, set_file(revision.tag), staged / "set.json")


def commit(ports: Ports, job_id: str, revision: Revision, *, expected: str) -> JobRecord:
    """Make `revision` the current one if `expected` still is; raises `revision-stale` and leaves nothing otherwise."""

    def append(record: JobRecord) -> JobRecord:
        if record.current == revision:
            return record  # it was written, and only the answer of the store was lost
        require_current(record, expected)
        return record.changed(revisions=(*record.revisions, revision))

    try:
        return ports.jobs.update(job_id, append)
    except JobError as error:
        if error.code == "revision-stale":
            ports.artefacts.drop(Kind.REGISTRATION, job_id, set_file(revision.tag))
        raise


def require_result(record: JobRecord) -> Revision:
    """The current revision; raises when the registration has none."""
    if record.state is JobState.FAILED or record.state is JobState.CANCELLED:
        raise JobError(
            "registration-failed", f"The registration is {record.state} and has no result.", state=record.state
        )
    if record.current is None:
        message = f"The registration is {record.state}; its result comes when it has succeeded."
        raise JobError("registration-not-finished", message, state=record.state)
    return record.current


def require_current(record: JobRecord, tag: str) -> Revision:
    """The current revision, provided that it has this tag; raises `revision-stale`."""
    current = require_result(record)
    if current.tag != tag:
        message = f"The registration is at revision {current.number}; read it and send its ETag as If-Match."
        raise JobError("revision-stale", message, revision=current.number)
    return current


def numbered(record: JobRecord, number: int) -> Revision:
    """The revision of this number; raises `revision-not-found`."""
    require_result(record)
    found = next((one for one in record.revisions if one.number == number), None)
    if found is None:
        last = record.revisions[-1].number
        raise NotFoundError("revision-not-found", f"There is no revision {number}; there are 0 to {last}.")
    return found


def tagged(record: JobRecord, tag: str) -> Revision:
    """The revision of this tag; raises `revision-not-found`."""
    require_result(record)
    found = next((one for one in record.revisions if one.tag == tag), None)
    if found is None:
        raise NotFoundError("revision-not-found", "The registration has no revision of this tag.")
    return found


def set_file(tag: str) -> str:
    """Where the set of a revision lies in its registration's folder."""
    return f"revisions/{tag}.json"
