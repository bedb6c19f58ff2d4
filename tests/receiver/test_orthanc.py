"""A PACS that is asked to move a study to us (C-MOVE) sends it here: a real Orthanc, asked by dcmtk."""

import shutil
import subprocess

import httpx
import pytest

from tests.builders.dicom import save
from tests.builders.orthanc import AET, OURS, needs_orthanc, orthanc
from tests.receiver.conftest import series, wait_until

pytestmark = [
    needs_orthanc,
    pytest.mark.skipif(not shutil.which("movescu"), reason="movescu of dcmtk is not installed: `make tools`"),
]


def test_a_study_that_is_moved_to_us_becomes_its_series(run, tmp_path):
    (tmp_path / "pacs").mkdir()
    both = [series(name="a"), series(name="b", seed=1)]
    running = run(callers={AET})
    with orthanc(tmp_path / "pacs") as archive:
        here = f"http://127.0.0.1:{archive.http}"
        us = {"AET": OURS, "Host": "127.0.0.1", "Port": running.port}
        httpx.put(f"{here}/modalities/kernelreg", json=us, trust_env=False).raise_for_status()
        for number, one in enumerate(both):
            for file in save(one, tmp_path / str(number)).iterdir():
                httpx.post(f"{here}/instances", content=file.read_bytes(), trust_env=False).raise_for_status()
        keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={both[0][0].StudyInstanceUID}")
        ask = ["movescu", "-S", "-aet", OURS, "-aec", AET, "-aem", OURS, *keys, "127.0.0.1", str(archive.dicom)]
        subprocess.run(ask, check=True, timeout=60)
    wait_until(lambda: not running.receiver.bringing())
    assert running.round() == 2
    uids = {record.report["series_instance_uid"] for record in running.kept()}
    assert uids == {one[0].SeriesInstanceUID for one in both}
