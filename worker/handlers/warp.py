"""Another volume of the moving frame, by the field of a revision: a file and its figures in the artefact store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jobs.messages import Warp
from jobs.ports import Kind, Ports
from jobs.revisions import tagged
from jobs.series import load_volume
from jobs.warps import summary_place, warped_place
from registration.plain import json_text
from registration.products.carried import Carried, carried
from registration.products.carried_file import write_carried, write_carried_dicom
from registration.products.dicom.files import instances_file
from registration.products.dicom.identity import Stamp
from registration.volume import Volume
from worker.results import OpenResult, OpenResults
from worker.stamps import stamp_at

FRAMES_DIFFER = "the volume's frame of reference is not the moving scan's; it was taken for it all the same"


def warp(request: Warp, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Where the warped volume lies, and its figures; what was written before is not written twice."""
    record = ports.jobs.get(request.job_id)
    revision = tagged(record, request.tag)
    place = warped_place(request.tag, request.series, request.holds, request.format)
    told = summary_place(request.tag, request.series, request.holds)
    known = ports.artefacts.file(Kind.REGISTRATION, request.job_id, told)
    if known and ports.artefacts.file(Kind.REGISTRATION, request.job_id, place):
        return {"file": place, "summary": json.loads(known.read_text())}
    source = load_volume(ports.artefacts.folder(Kind.SERIES, request.series))
    result = results.at(record, revision)
    found = carried(source, result.field, request.holds)
    summary = found.summary | {"notes": _notes(source, result.stored.moving)}
    with ports.artefacts.staging() as staged:
        path = staged / Path(place).name
        _write(request, found, source, result, stamp_at(record, revision), path)
        ports.artefacts.place(Kind.REGISTRATION, request.job_id, place, path)
        (staged / "summary.json").write_text(json_text(summary))
        ports.artefacts.place(Kind.REGISTRATION, request.job_id, told, staged / "summary.json")
    return {"file": place, "summary": summary}


def _write(request: Warp, found: Carried, source: Volume, result: OpenResult, stamp: Stamp, path: Path) -> None:
    if request.format != "dicom":
        write_carried(found, path, request.format)
        return
    folder = path.with_name("instances")
    folder.mkdir()
    instances_file(write_carried_dicom(found, source, result.outcome, stamp, folder), stamp, path)


def _notes(source: Volume, moving: Volume) -> list[str]:
    frames = [one.source.frame_of_reference_uid if one.source else None for one in (source, moving)]
    return [FRAMES_DIFFER] if None not in frames and frames[0] != frames[1] else []
