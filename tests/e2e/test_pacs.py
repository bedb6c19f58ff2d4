"""`kernelreg serve` beside a real Orthanc: two CT series by reference, results back, found, fetched, equal."""

import os
import signal
import time

import numpy as np
import pytest

from pacs.dicomweb import DicomWeb, FetchLimits
from pacs.outcomes import instance_of
from pacs.sending import send
from registration.reading import read_scan
from tests.builders.archived import STUDIES, uid, write_scan
from tests.builders.orthanc import needs_orthanc
from tests.builders.shifted import FIXED, MOVING

pytestmark = [pytest.mark.slow, needs_orthanc]
DEFORMABLE = "1.2.840.10008.5.1.4.1.1.66.3"
REFERENCES = {side: {"pacs": "main", "study": STUDIES[side], "series": uid(side)} for side in ("fixed", "moving")}
SENT = FIXED.size[2] + 3


@pytest.fixture
def filled(pacs, tmp_path):
    """An archive with both scans: one by STOW-RS, one by C-STORE."""
    for side, grid, via in (("fixed", FIXED, "stow"), ("moving", MOVING, "c-store")):
        files = write_scan(tmp_path / side, side, grid)
        assert {one.status for one in send(pacs.archive(), via, [instance_of(file) for file in files])} == {"stored"}
    return pacs


@pytest.fixture
def server(serve, filled, tmp_path, monkeypatch):
    """A service that knows the archive by two names: by both ways, and by DIMSE alone."""
    only_dimse = f'[archives.by-dimse]\ndimse = "ORTHANC@127.0.0.1:{filled.dicom}"\n'
    (tmp_path / "pacs.toml").write_text(filled.toml() + only_dimse)
    monkeypatch.setenv("KERNELREG_PACS_FILE", str(tmp_path / "pacs.toml"))
    return serve()


def exported(server, job, **body):
    """An export, when it has ended."""
    url = server.http.post(f"{job}/export", json=body).headers["location"]
    return server.wait(url, "succeeded", "partial", "failed")


def test_from_the_archive_and_back(server, filled, tmp_path):
    job = server.register(REFERENCES)
    done = server.wait(job, "succeeded")
    assert done["timings_s"]["fetching"] > 0
    before = filled.instances()
    export = exported(server, job, pacs="main")
    assert (export["state"], export["stored"], filled.instances() - before) == ("succeeded", SENT, SENT)
    assert exported(server, job, pacs="main")["id"] == export["id"]
    again = exported(server, job, pacs="by-dimse", via="c-store")
    assert (again["state"], filled.instances() - before) == ("succeeded", SENT)
    warped, registration = fetched(filled, STUDIES["fixed"], tmp_path)
    fixed = read_scan(tmp_path / "fixed").volume.grid
    assert warped.volume.grid.size == fixed.size
    np.testing.assert_allclose(warped.volume.grid.corners(), fixed.corners(), atol=1e-6)
    assert registration == server.http.get(f"{job}/field?format=dicom").content
    server.end(signal.SIGTERM)


def fetched(pacs, study, folder):
    """What came back of the exported objects: the warped scan, and the bytes of the deformable registration."""
    with DicomWeb(pacs.archive()) as web:
        series = {str(one.SeriesInstanceUID): one.Modality for one in web.search_series(study)}
        assert sorted(series.values()) == ["CT", "CT", "REG", "REG", "SR"]
        files = {}
        for number, name in enumerate(series):
            (place := folder / f"back{number}").mkdir()
            files[name] = web.fetch_series(study, name, place, FetchLimits())
    (images,) = [name for name, kind in series.items() if kind == "CT" and name != uid("fixed")]
    (field,) = [found[0] for found in files.values() if instance_of(found[0]).class_uid == DEFORMABLE]
    return read_scan(files[images][0].parent), field.read_bytes()


def test_a_killed_worker_loses_nothing(server, filled):
    worker = server.child("worker", "transfer")
    jobs = [server.register(REFERENCES) for _ in range(2)]
    os.kill(worker, signal.SIGKILL)
    for job in jobs:
        server.wait(job, "succeeded")
    os.kill(server.child("worker", "transfer"), signal.SIGKILL)
    before = filled.instances()
    assert exported(server, jobs[0], pacs="main")["state"] == "succeeded"
    assert filled.instances() - before == SENT


def test_whether_archives_answer(server, filled):
    def answers():
        return {one["name"]: one["answers"] for one in server.http.get("/v1/pacs").json()["items"]}

    deadline = time.monotonic() + 30
    while None in answers().values() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answers() == {"main": True, "by-dimse": True}
