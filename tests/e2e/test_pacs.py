"""`kernelreg serve` beside a real Orthanc: two CT series by reference, results back, found, fetched, equal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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
BESIDE = 3
"""Instances beside the slices of the warped scan: two registrations and a report."""
SENT = FIXED.size[2] + BESIDE
LUNG = Path(__file__).parents[3] / "shared" / "data" / "lung_elastix"


def store(pacs, folder, scans):
    """Two series into an archive: one by STOW-RS, one by C-STORE."""
    for (side, scan), via in zip(scans.items(), ("stow", "c-store"), strict=True):
        files = write_scan(folder / side, side, scan)
        assert {one.status for one in send(pacs.archive(), via, [instance_of(file) for file in files])} == {"stored"}


@pytest.fixture
def filled(pacs, tmp_path):
    """An archive with the small pair."""
    store(pacs, tmp_path, {"fixed": FIXED, "moving": MOVING})
    return pacs


@pytest.fixture
def lungs(pacs, tmp_path):
    """An archive with two breathing states of a real chest."""
    if not LUNG.is_dir():
        pytest.skip("the real pairs are not beside the project")
    names = {"fixed": "baseline", "moving": "followup"}
    store(pacs, tmp_path, {side: read_scan(LUNG / f"3DCT_lung_{name}.mha").volume for side, name in names.items()})
    return pacs


@pytest.fixture
def configured(pacs, tmp_path, monkeypatch):
    """The archive known by two names: by both ways, and by DIMSE alone."""
    only_dimse = f'[archives.by-dimse]\ndimse = "ORTHANC@127.0.0.1:{pacs.dicom}"\n'
    (tmp_path / "pacs.toml").write_text(pacs.toml() + only_dimse)
    monkeypatch.setenv("KERNELREG_PACS_FILE", str(tmp_path / "pacs.toml"))


@pytest.fixture
def server(serve, configured):
    """A service over Redis."""
    return serve()


def exported(server, job, **body):
    """An export, when it has ended."""
    url = server.http.post(f"{job}/export", json=body).headers["location"]
    return server.wait(url, "succeeded", "partial", "failed")


def test_from_the_archive_and_back(filled, server, tmp_path):
    there_and_back(filled, server, tmp_path)


@pytest.mark.realdata
def test_real_lungs_from_the_archive_and_back(lungs, server, tmp_path):
    there_and_back(lungs, server, tmp_path)


def there_and_back(pacs, server, folder):
    """By reference, exported both ways, found again, fetched, equal; nothing twice."""
    job = server.register(REFERENCES)
    assert server.wait(job, "succeeded")["timings_s"]["fetching"] > 0
    fixed, before = read_scan(folder / "fixed").volume.grid, pacs.instances()
    export = exported(server, job, pacs="main")
    sent = fixed.size[2] + BESIDE
    assert (export["state"], export["stored"], pacs.instances() - before) == ("succeeded", sent, sent)
    assert exported(server, job, pacs="main")["id"] == export["id"]
    again = exported(server, job, pacs="by-dimse", via="c-store")
    assert (again["state"], pacs.instances() - before) == ("succeeded", sent)
    warped, registration = fetched(pacs, STUDIES["fixed"], folder)
    assert warped.volume.grid.size == fixed.size
    np.testing.assert_allclose(warped.volume.grid.corners(), fixed.corners(), atol=1e-6)
    assert registration == server.http.get(f"{job}/field?format=dicom").content
    assert server.end(signal.SIGTERM) == 0


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


def test_a_killed_worker_loses_nothing(filled, server):
    worker = server.child("worker", "transfer")
    jobs = [server.register(REFERENCES) for _ in range(2)]
    os.kill(worker, signal.SIGKILL)
    for job in jobs:
        server.wait(job, "succeeded")
    os.kill(server.child("worker", "transfer"), signal.SIGKILL)
    before = filled.instances()
    assert exported(server, jobs[0], pacs="main")["state"] == "succeeded"
    assert filled.instances() - before == SENT


def test_in_one_process(filled, configured, serve):
    server, before = serve("--memory"), filled.instances()
    job = server.register(REFERENCES)
    server.wait(job, "succeeded")
    assert exported(server, job, pacs="main", objects=["registration"])["state"] == "succeeded"
    assert filled.instances() - before == 1


def test_a_configuration_that_cannot_be_stops_the_start(tmp_path, monkeypatch):
    (tmp_path / "pacs.toml").write_text("[archives.main]\nurl = 1\n")
    monkeypatch.setenv("KERNELREG_PACS_FILE", str(tmp_path / "pacs.toml"))
    command = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "KERNELREG_PACS_FILE" in done.stderr
    assert "Traceback" not in done.stderr


def test_whether_archives_answer(server):
    def answers():
        return {one["name"]: one["answers"] for one in server.http.get("/v1/pacs").json()["items"]}

    deadline = time.monotonic() + 30
    while None in answers().values() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answers() == {"main": True, "by-dimse": True}
