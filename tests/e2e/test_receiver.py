"""`kernelreg serve --dicom-port`: what dcmtk sends becomes series, survives a kill, and by rule a registration."""

import os
import shutil
import signal
import subprocess
import time

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom
from tests.builders.orthanc import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("storescu"), reason="storescu of dcmtk is not installed: `make tools`"),
]
GRID = Grid((68, 53, 50), (5.0, 5.0, 5.0), (-168.75, -139.0, -60.0))
RULES = """
[[rules]]
name = "breathing"
earlier = { study = "phantom", series = "fixed" }
later = { study = "phantom", series = "moving" }
within_days = 60
preset = "thorax"
"""
WAIT_S = 60


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Folders of a phantom's two scans, as two studies of one patient a month apart."""
    folder = tmp_path_factory.mktemp("phantom")
    write_phantom(make_phantom("thorax", seed=3, grid=GRID), folder)
    for month, name in enumerate(("fixed", "moving"), 1):
        for path in (folder / name).iterdir():
            one = dcmread(path)
            one.StudyInstanceUID = generate_uid(entropy_srcs=["receiver", name])
            one.StudyDescription, one.AcquisitionDate = "CT phantom", f"2020{month:02d}01"
            one.save_as(path)
    return [folder / name for name in ("fixed", "moving")]


@pytest.fixture
def receiving(serve, tmp_path, monkeypatch):
    """A service with a DICOM door and a rule, and what sends to it."""
    (tmp_path / "rules.toml").write_text(RULES)
    port = free_port()
    monkeypatch.setenv("KERNELREG_RULES_FILE", str(tmp_path / "rules.toml"))
    monkeypatch.setenv("KERNELREG_DICOM_QUIET_S", "2")
    monkeypatch.setenv("KERNELREG_DICOM_CALLERS", "SCANNER")
    server = serve("--dicom-port", str(port))
    assert f"DICOM to KERNELREG@127.0.0.1:{port} (1 rules)" in server.line
    eventually(lambda: sends(port, "echoscu"))
    server.dicom_port = port
    return server


def sends(port, program, *more, calling="SCANNER"):
    """Whether dcmtk succeeds."""
    command = [program, "-aet", calling, "-aec", "KERNELREG", "127.0.0.1", str(port), *map(str, more)]
    return subprocess.run(command, capture_output=True, timeout=WAIT_S, check=False).returncode == 0


def eventually(there):
    deadline = time.monotonic() + WAIT_S
    while not (found := there()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def test_two_scans_that_are_sent_end_as_one_registration(receiving, scans):
    server, port = receiving, receiving.dicom_port
    assert not sends(port, "echoscu", calling="STRANGER")
    fixed, moving = scans
    assert sends(port, "storescu", "+sd", fixed)
    os.kill(server.child("receiver"), signal.SIGKILL)  # nothing was published yet: the series was not quiet for 2 s
    eventually(lambda: sends(port, "echoscu"))
    assert sends(port, "storescu", "+sd", moving)
    items = eventually(lambda: server.http.get("/v1/registrations").json()["items"])
    job = server.wait(items[0]["links"]["self"], "succeeded")
    assert job["request"]["preset"] == "thorax"
    assert "frames of reference" in job["notices"][0]
    report = server.http.get(job["links"]["fixed"]).json()["report"]
    assert (report["size"], report["study_instance_uid"]) == (
        list(GRID.size),
        generate_uid(entropy_srcs=["receiver", "fixed"]),
    )
    assert sends(port, "storescu", "+sd", moving)
    assert sends(port, "storescu", "+sd", fixed)
    log = server.folder / "data" / "logs" / "receiver.log"
    eventually(lambda: log.read_text().count("received-kept") >= 3)
    assert len(server.http.get("/v1/registrations").json()["items"]) == 1
    assert "PHANTOM" not in log.read_text()
    assert 'kernelreg_received_series_total{code="ok",outcome="kept"}' in server.http.get("/metrics").text
    assert server.end(signal.SIGTERM) == 0
